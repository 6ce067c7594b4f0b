#include "model/layers.h"

namespace motet::trainer {
namespace {

Precision training_precision = Precision::kFloat32;

// x [rows, in] -> [rows, out]. Products in bfloat16 (twice as fast as float32 where the processor
// or the GPU has it), sums and everything else in float32. The gradient of the bias is a
// matrix-vector product: summing over rows is slow in LibTorch 1.13.
class PointwiseFunction : public torch::autograd::Function<PointwiseFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               torch::ScalarType type) {
    const auto low_x = x.to(type), low_weight = weight.to(type);
    context->save_for_backward({low_x, low_weight});
    return torch::mm(low_x, low_weight.t()).to(torch::kFloat32).add_(bias);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto gradient = gradients[0].contiguous();
    const auto low = gradient.to(x.scalar_type());
    const auto bias = torch::mv(gradient.t(), torch::ones({gradient.size(0)}, gradient.options()));
    return {torch::mm(low, weight).to(torch::kFloat32), torch::mm(low.t(), x).to(torch::kFloat32),
            bias, torch::Tensor()};
  }
};

}  // namespace

void SetTrainingPrecision(Precision precision) { training_precision = precision; }

torch::Tensor LinearImpl::forward(const torch::Tensor& x) {
  if (!is_training() || !bias.defined()) return torch::nn::LinearImpl::forward(x);
  const auto type = training_precision == Precision::kBFloat16 ? torch::kBFloat16 : torch::kFloat32;
  const auto y = PointwiseFunction::apply(x.reshape({-1, x.size(-1)}), weight, bias, type);
  auto shape = x.sizes().vec();
  shape.back() = weight.size(0);
  return y.reshape(shape);
}

torch::Tensor Delay(const torch::Tensor& x, int64_t frames) {
  if (frames == 0) return x;
  const int64_t length = x.size(1);
  const int64_t kept = std::max<int64_t>(0, length - frames);
  const auto zeros = torch::zeros({x.size(0), length - kept, x.size(2)}, x.options());
  return torch::cat({zeros, x.narrow(1, 0, kept)}, 1);
}

torch::Tensor Norm(const torch::Tensor& x) {
  return torch::layer_norm(x, {x.size(-1)}, {}, {}, 1e-5);
}

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
