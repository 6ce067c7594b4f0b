// The depthwise convolution of docs/ARCHITECTURE.md on tensors [batch, frames, channels].
#pragma once

#include <torch/torch.h>

namespace motet::trainer {

// Causal depthwise convolution along time: [B, T, C] -> [B, T, C]; weight [kernel, C], bias [C].
class DepthwiseImpl : public torch::nn::Module {
 public:
  DepthwiseImpl(int64_t channels, int64_t kernel, int64_t dilation = 1);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_, bias_;
  int64_t dilation_;
};
TORCH_MODULE(Depthwise);

}  // namespace motet::trainer
