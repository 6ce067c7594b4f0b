#include "model/layers.h"

namespace motet::trainer {

torch::Tensor Delay(const torch::Tensor& x, int64_t frames) {
  if (frames == 0) return x;
  const int64_t length = x.size(1);
  const int64_t kept = std::max<int64_t>(0, length - frames);
  const auto zeros = torch::zeros({x.size(0), length - kept, x.size(2)}, x.options());
  return torch::cat({zeros, x.narrow(1, 0, kept)}, 1);
}

torch::Tensor Norm(const torch::Tensor& x) { return torch::layer_norm(x, {x.size(-1)}, {}, {}, 1e-5); }

DepthwiseImpl::DepthwiseImpl(int64_t channels, int64_t kernel, int64_t dilation) : dilation_(dilation) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(kernel));
  weight_ = register_parameter("weight", torch::empty({kernel, channels}).uniform_(-bound, bound));
  bias_ = register_parameter("bias", torch::zeros({channels}));
}

torch::Tensor DepthwiseImpl::forward(const torch::Tensor& x) {
  const int64_t kernel = weight_.size(0), channels = weight_.size(1);
  const auto past = torch::zeros({x.size(0), (kernel - 1) * dilation_, channels}, x.options());
  // [B, C, 1, T] with channels-last strides: the memory of [B, T, C] as it is.
  const auto image = torch::cat({past, x}, 1).permute({0, 2, 1}).unsqueeze(2);
  const auto y = torch::conv2d(image, weight_.t().reshape({channels, 1, 1, kernel}), bias_, at::IntArrayRef{1, 1},
                               at::IntArrayRef{0, 0}, at::IntArrayRef{1, dilation_}, channels);
  return y.squeeze(2).permute({0, 2, 1});
}

torch::Tensor DownImpl::forward(const torch::Tensor& x) {
  return LinearImpl::forward(x.reshape({x.size(0), x.size(1) / 2, 2 * x.size(2)}));
}

torch::Tensor UpImpl::forward(const torch::Tensor& x) {
  const auto y = LinearImpl::forward(x);
  return y.reshape({x.size(0), 2 * x.size(1), y.size(2) / 2});
}

FilmImpl::FilmImpl(int64_t features, int64_t channels) : LinearImpl(features, 2 * channels) {
  torch::NoGradGuard no_grad;
  weight.mul_(0.1);
  bias.zero_();
}

torch::Tensor FilmImpl::forward(const torch::Tensor& h, const torch::Tensor& m) {
  const auto parts = LinearImpl::forward(m).chunk(2, -1);
  return h * (1 + parts[0]) + parts[1];
}

}  // namespace motet::trainer
