// The music feature branch of an encoder level.
#pragma once

#include "model/config.h"
#include "model/delay.h"
#include "model/depthwise.h"
#include "model/linear.h"

namespace motet::trainer {

class FeatureBranchImpl : public torch::nn::Module {
 public:
  FeatureBranchImpl(int64_t channels, const ModelConfig& config);
  // h [B, T, C] -> [B, T, 3·width]: harmonic (long dilated context), rhythmic (temporal
  // difference), timbral (spectral shape).
  torch::Tensor forward(const torch::Tensor& h);

 private:
  Linear reduce_;
  Depthwise harmonic_;
};
TORCH_MODULE(FeatureBranch);

}  // namespace motet::trainer
