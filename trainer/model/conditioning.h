// Music conditioning: chroma, onset strength and timbre, predicted from the quantized codes alone.
#pragma once

#include "model/config.h"
#include "model/linear.h"

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

// Feature-wise linear modulation (Perez et al. 2018): h [B, T, C], m [B, T, features] -> [B, T, C],
// h·(1 + g) + s with [g, s] = Linear(m).
class FilmImpl : public LinearImpl {
 public:
  FilmImpl(int64_t features, int64_t channels);
  torch::Tensor forward(const torch::Tensor& h, const torch::Tensor& m);
};
TORCH_MODULE(Film);

}  // namespace motet::trainer
