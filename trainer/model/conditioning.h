// Music conditioning: chroma, onset strength and timbre, predicted from the quantized codes alone.
#pragma once

#include "model/config.h"
#include "model/layers.h"

namespace motet::trainer {

class ConditioningImpl : public torch::nn::Module {
 public:
  explicit ConditioningImpl(const ModelConfig& config);
  // zq_coarse [B, P, D], zq_mid [B, 2P, D] -> [B, 2P, 17] in 0..1 (rows of docs/ARCHITECTURE.md).
  torch::Tensor forward(const torch::Tensor& zq_coarse, const torch::Tensor& zq_mid);

 private:
  Up coarse_;
  Linear mid_, output_;
};
TORCH_MODULE(Conditioning);

}  // namespace motet::trainer
