// The music feature branch of an encoder level.
#pragma once

#include "model/config.h"
#include "model/layers.h"

namespace motet::trainer {

class FeaturesImpl : public torch::nn::Module {
 public:
  FeaturesImpl(int64_t channels, const ModelConfig& config);
  // h [B, T, C] -> [B, T, 3·width]: harmonic (long dilated context), rhythmic (temporal
  // difference), timbral (spectral shape).
  torch::Tensor forward(const torch::Tensor& h);

 private:
  Linear reduce_;
  Depthwise harmonic_;
};
TORCH_MODULE(Features);

}  // namespace motet::trainer
