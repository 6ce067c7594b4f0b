#include "model/depthwise.h"

#include <cmath>

namespace motet::trainer {

DepthwiseImpl::DepthwiseImpl(int64_t channels, int64_t kernel, int64_t dilation)
    : dilation_(dilation) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(kernel));
  weight_ = register_parameter("weight", torch::empty({kernel, channels}).uniform_(-bound, bound));
  bias_ = register_parameter("bias", torch::zeros({channels}));
}

torch::Tensor DepthwiseImpl::forward(const torch::Tensor& x) {
  const int64_t kernel = weight_.size(0), channels = weight_.size(1);
  const auto past = torch::zeros({x.size(0), (kernel - 1) * dilation_, channels}, x.options());
  // [B, C, 1, T] with channels-last strides: the memory of [B, T, C] as it is.
  const auto image = torch::cat({past, x}, 1).permute({0, 2, 1}).unsqueeze(2);
  const auto y = torch::conv2d(image, weight_.t().reshape({channels, 1, 1, kernel}), bias_,
                               at::IntArrayRef{1, 1}, at::IntArrayRef{0, 0},
                               at::IntArrayRef{1, dilation_}, channels);
  return y.squeeze(2).permute({0, 2, 1});
}

}  // namespace motet::trainer
