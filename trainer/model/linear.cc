#include "model/linear.h"

namespace motet::trainer {
namespace {

Precision training_precision = Precision::kFloat32;

// x [rows, in] -> [rows, out]. Products in `type` (bfloat16 is twice as fast as float32 where the
// processor or the GPU has it), sums and everything else in float32. The gradient of the bias is a
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

torch::ScalarType TrainingType() {
  switch (training_precision) {
    case Precision::kBFloat16:
      return torch::kBFloat16;
    case Precision::kFloat16:
      return torch::kFloat16;
    default:
      return torch::kFloat32;
  }
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x) {
  if (!is_training() || !bias.defined()) return torch::nn::LinearImpl::forward(x);
  const auto y =
      PointwiseFunction::apply(x.reshape({-1, x.size(-1)}), weight, bias, TrainingType());
  auto shape = x.sizes().vec();
  shape.back() = weight.size(0);
  return y.reshape(shape);
}

torch::Tensor DownImpl::forward(const torch::Tensor& x) {
  return LinearImpl::forward(x.reshape({x.size(0), x.size(1) / 2, 2 * x.size(2)}));
}

torch::Tensor UpImpl::forward(const torch::Tensor& x) {
  const auto y = LinearImpl::forward(x);
  return y.reshape({x.size(0), 2 * x.size(1), y.size(2) / 2});
}

}  // namespace motet::trainer
