#include "model/feature_branch.h"

namespace motet::trainer {

FeatureBranchImpl::FeatureBranchImpl(int64_t channels, const ModelConfig& config)
    : reduce_(register_module("reduce", Linear(channels, 3 * config.encoder.features.width))),
      harmonic_(register_module(
          "harmonic", Depthwise(config.encoder.features.width, config.encoder.features.kernel,
                                config.encoder.features.dilation))) {}

torch::Tensor FeatureBranchImpl::forward(const torch::Tensor& h) {
  const auto thirds = reduce_(h).chunk(3, -1);
  return torch::cat({torch::gelu(harmonic_(thirds[0].contiguous())),
                     torch::gelu(thirds[1] - Delay(thirds[1], 1)), torch::gelu(Norm(thirds[2]))},
                    -1);
}

}  // namespace motet::trainer
