#include "model/block.h"

namespace motet::trainer {

BlockImpl::BlockImpl(int64_t channels, const ModelConfig& config, int64_t lookahead)
    : depthwise_(register_module("depthwise", Depthwise(channels, config.block.kernel))),
      expand_(register_module("expand", Linear(channels, config.block.expansion * channels))),
      project_(register_module("project", Linear(config.block.expansion * channels, channels))),
      scale_(register_parameter("scale", torch::full({channels}, 0.3))),
      lookahead_(lookahead) {}

torch::Tensor BlockImpl::forward(const torch::Tensor& x) {
  const auto u = Norm(depthwise_(x));
  return Delay(x, lookahead_) + project_(torch::gelu(expand_(u))) * scale_;
}

torch::nn::Sequential MakeBlocks(const LevelConfig& level, const ModelConfig& config) {
  torch::nn::Sequential blocks;
  for (const int64_t lookahead : level.lookahead)
    blocks->push_back(Block(level.width, config, lookahead));
  return blocks;
}

}  // namespace motet::trainer
