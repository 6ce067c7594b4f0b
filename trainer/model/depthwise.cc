#include "model/depthwise.h"

#include <cmath>

#include "model/delay.h"

namespace motet::trainer {
namespace {

// x [B, T, C], side by side in memory, from frame `first` on: [B, C, 1, frames] with channels-last
// strides.
torch::Tensor AsImage(const torch::Tensor& x, int64_t first) {
  const int64_t frames = x.size(1) - first, channels = x.size(2);
  return x.as_strided({x.size(0), channels, 1, frames},
                      {x.stride(0), 1, frames * channels, channels},
                      x.storage_offset() + first * channels);
}

class DepthwiseFunction : public torch::autograd::Function<DepthwiseFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               int64_t dilation) {
    const auto kernels = Kernels(weight);
    const int64_t past = Reach(kernels, dilation);
    const auto padded = AfterZeros(x, past);
    context->save_for_backward({padded, kernels});
    context->saved_data["dilation"] = dilation;
    return Convolved(padded, past, kernels, bias, dilation);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &padded = saved[0], &kernels = saved[1];
    const int64_t dilation = context->saved_data["dilation"].toInt();
    const auto of = ConvolvedBackward(gradients[0].contiguous(), padded, Reach(kernels, dilation),
                                      kernels, dilation);
    return {of.x, of.weight, of.bias, torch::Tensor()};
  }
};

}  // namespace

DepthwiseImpl::DepthwiseImpl(int64_t channels, int64_t kernel, int64_t dilation)
    : dilation_(dilation) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(kernel));
  weight_ = register_parameter("weight", torch::empty({kernel, channels}).uniform_(-bound, bound));
  bias_ = register_parameter("bias", torch::zeros({channels}));
}

torch::Tensor DepthwiseImpl::forward(const torch::Tensor& x) {
  return DepthwiseFunction::apply(x, weight_, bias_, dilation_);
}

torch::Tensor Kernels(const torch::Tensor& weight) {
  const int64_t kernel = weight.size(0), channels = weight.size(1);
  // Convolutions ask for them side by side, and would copy them in each pass.
  return torch::empty({channels, 1, 1, kernel}, weight.options())
      .copy_(weight.as_strided({channels, 1, 1, kernel}, {1, 1, 1, channels}));
}

int64_t Reach(const torch::Tensor& kernels, int64_t dilation) {
  return (kernels.size(3) - 1) * dilation;
}

torch::Tensor Convolved(const torch::Tensor& x, int64_t past, const torch::Tensor& kernels,
                        const torch::Tensor& bias, int64_t dilation) {
  const auto y = at::convolution(AsImage(x, past - Reach(kernels, dilation)), kernels, bias, {1, 1},
                                 {0, 0}, {1, dilation}, /*transposed=*/false, {0, 0},
                                 /*groups=*/x.size(2));
  return y.as_strided({y.size(0), y.size(3), y.size(1)}, {y.stride(0), y.stride(3), y.stride(1)});
}

DepthwiseGradients ConvolvedBackward(const torch::Tensor& gradient, const torch::Tensor& x,
                                     int64_t past, const torch::Tensor& kernels, int64_t dilation) {
  const int64_t reach = Reach(kernels, dilation), channels = x.size(2);
  const auto [image, weight, bias] = at::convolution_backward(
      AsImage(gradient, 0), AsImage(x, past - reach), kernels, at::IntArrayRef(channels), {1, 1},
      {0, 0}, {1, dilation}, /*transposed=*/false, {0, 0}, /*groups=*/channels, {true, true, true});
  return {image.as_strided(gradient.sizes(), {image.stride(0), image.stride(3), image.stride(1)},
                           image.storage_offset() + reach * image.stride(3)),
          weight.as_strided({weight.size(3), channels}, {weight.stride(3), weight.stride(0)}),
          bias};
}

}  // namespace motet::trainer
