// The residual block of every level, after ConvNeXt (Liu et al. 2022).
#pragma once

#include "model/config.h"
#include "model/delay.h"
#include "model/depthwise.h"
#include "model/linear.h"

namespace motet::trainer {

// y[t] = x[t - lookahead] + scale * project(gelu(expand(norm(depthwise(x)))))[t] on [B, T, C].
class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(int64_t channels, const ModelConfig& config, int64_t lookahead);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Depthwise depthwise_;
  Linear expand_, project_;
  torch::Tensor scale_;  // [C], folded into `project` by the exporter
  int64_t lookahead_;
};
TORCH_MODULE(Block);

// The blocks of one level, registered as 0, 1, ….
torch::nn::Sequential MakeBlocks(const LevelConfig& level, const ModelConfig& config);

}  // namespace motet::trainer
