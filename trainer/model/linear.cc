#include "model/linear.h"

#include <utility>

#include "model/lean.h"

namespace motet::trainer {
namespace {

Precision training_precision = Precision::kFloat32;

bool casts_are_current = false;

// x [..., in] -> [..., out]. Products in the type of `cast`, the weight in the type of products
// (bfloat16 is twice as fast as float32 where the processor or the GPU has it), sums and everything
// else in the type of x.
class PointwiseFunction : public torch::autograd::Function<PointwiseFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& /*weight*/, const torch::Tensor& bias,
                               const torch::Tensor& cast) {
    const auto low_x = Cast(Rows(x), cast.scalar_type());
    context->save_for_backward({low_x, cast});
    auto shape = x.sizes().vec();
    shape.back() = cast.size(0);
    return Cast(torch::mm(low_x, Transposed(cast)), x.scalar_type()).add_(bias).view(shape);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    auto shape = gradients[0].sizes().vec();
    const auto gradient = Rows(gradients[0]);
    const auto type = gradient.scalar_type();
    const auto low = Cast(gradient, x.scalar_type());
    torch::Tensor of_x;
    if (context->needs_input_grad(0)) {
      shape.back() = x.size(1);
      of_x = Cast(torch::mm(low, weight), type).view(shape);
    }
    return {of_x, Cast(torch::mm(Transposed(low), x), type), SumOfRows(gradient), torch::Tensor()};
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

CurrentCasts::CurrentCasts() : before_(std::exchange(casts_are_current, true)) {}
CurrentCasts::~CurrentCasts() { casts_are_current = before_; }

torch::Tensor LinearImpl::Cast() const {
  // Gradients are checked in float64.
  const auto type = weight.scalar_type() == torch::kFloat64 ? torch::kFloat64 : TrainingType();
  return casts_are_current && cast_.defined() && cast_.scalar_type() == type
             ? cast_
             : weight.detach().to(type);
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x) {
  if (!is_training() || !bias.defined()) return torch::nn::LinearImpl::forward(x);
  return PointwiseFunction::apply(x, weight, bias, Cast());
}

torch::Tensor DownImpl::forward(const torch::Tensor& x) {
  return LinearImpl::forward(x.reshape({x.size(0), x.size(1) / 2, 2 * x.size(2)}));
}

torch::Tensor UpImpl::forward(const torch::Tensor& x) {
  const auto y = LinearImpl::forward(x);
  return y.reshape({x.size(0), 2 * x.size(1), y.size(2) / 2});
}

}  // namespace motet::trainer
