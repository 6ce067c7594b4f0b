// Elementary layers of docs/ARCHITECTURE.md on tensors [batch, frames, channels].
#pragma once

#include <torch/torch.h>

namespace motet::trainer {

// x [B, T, C] -> the same, later by `frames`, zeros first.
torch::Tensor Delay(const torch::Tensor& x, int64_t frames);

// Per frame over channels, without parameters.
torch::Tensor Norm(const torch::Tensor& x);

// Causal depthwise convolution along time. weight [kernel, C], bias [C].
class DepthwiseImpl : public torch::nn::Module {
 public:
  DepthwiseImpl(int64_t channels, int64_t kernel, int64_t dilation = 1);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_, bias_;
  int64_t dilation_;
};
TORCH_MODULE(Depthwise);

// Precision of the pointwise convolutions in training. Evaluation, codebooks, spectra and losses
// always use float32.
enum class Precision { kFloat32, kBFloat16 };
void SetTrainingPrecision(Precision precision);

// Pointwise convolution y = W x + b on the last dimension, W [out, in], b [out].
class LinearImpl : public torch::nn::LinearImpl {
 public:
  using torch::nn::LinearImpl::LinearImpl;
  torch::Tensor forward(const torch::Tensor& x);
};
TORCH_MODULE(Linear);

// Strided convolution, kernel 2, stride 2: [B, 2T, Ci] -> [B, T, Co].
class DownImpl : public LinearImpl {
 public:
  DownImpl(int64_t in, int64_t out) : LinearImpl(2 * in, out) {}
  torch::Tensor forward(const torch::Tensor& x);
};
TORCH_MODULE(Down);

// Transposed convolution, kernel 2, stride 2: [B, T, Ci] -> [B, 2T, Co].
class UpImpl : public LinearImpl {
 public:
  UpImpl(int64_t in, int64_t out) : LinearImpl(in, 2 * out) {}
  torch::Tensor forward(const torch::Tensor& x);
};
TORCH_MODULE(Up);

// Feature-wise linear modulation of h [B, T, C] by m [B, T, features].
class FilmImpl : public LinearImpl {
 public:
  FilmImpl(int64_t features, int64_t channels);
  torch::Tensor forward(const torch::Tensor& h, const torch::Tensor& m);
};
TORCH_MODULE(Film);

}  // namespace motet::trainer
