// The depthwise convolution of docs/ARCHITECTURE.md on tensors [batch, frames, channels].
#pragma once

#include <torch/torch.h>

namespace motet::trainer {

// Causal depthwise convolution along time: [B, T, C] -> [B, T, C]; weight [kernel, C], bias [C].
class DepthwiseImpl : public torch::nn::Module {
 public:
  DepthwiseImpl(int64_t channels, int64_t kernel, int64_t dilation = 1);
  torch::Tensor forward(const torch::Tensor& x);

  const torch::Tensor& weight() const { return weight_; }
  const torch::Tensor& bias() const { return bias_; }
  int64_t dilation() const { return dilation_; }

 private:
  torch::Tensor weight_, bias_;
  int64_t dilation_;
};
TORCH_MODULE(Depthwise);

// For functions with a backward pass of their own.

// weight [kernel, C] -> the same for the functions below.
torch::Tensor Kernels(const torch::Tensor& weight);
// Frames before its own that a convolution looks at.
int64_t Reach(const torch::Tensor& kernels, int64_t dilation);
// x [B, past + T, C], side by side in memory, past at least the reach -> its last T frames
// convolved.
torch::Tensor Convolved(const torch::Tensor& x, int64_t past, const torch::Tensor& kernels,
                        const torch::Tensor& bias, int64_t dilation);

struct DepthwiseGradients {
  torch::Tensor x;  // [B, T, C], of the last T frames
  torch::Tensor weight, bias;
};
// gradient [B, T, C], side by side in memory.
DepthwiseGradients ConvolvedBackward(const torch::Tensor& gradient, const torch::Tensor& x,
                                     int64_t past, const torch::Tensor& kernels, int64_t dilation);

}  // namespace motet::trainer
