#include "model/linear.h"

#include <utility>

#include "model/lean.h"

namespace motet::trainer {
namespace {

Precision training_precision = Precision::kFloat32;

bool casts_are_current = false;

// Rows of x, `in` values at a time -> `shape`, rows of `out` values. Products in the type of
// `cast`, the weight in the type of products (bfloat16 is twice as fast as float32 where the
// processor or the GPU has it), sums and everything else in the type of x.
class PointwiseFunction : public torch::autograd::Function<PointwiseFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& /*weight*/, const torch::Tensor& bias,
                               const torch::Tensor& cast, const std::vector<int64_t>& shape) {
    const auto low_x = Cast(Rows(x, cast.size(1)), cast.scalar_type());
    context->save_for_backward({low_x, cast});
    context->saved_data["shape"] = x.sizes().vec();
    return Cast(torch::mm(low_x, Transposed(cast)), x.scalar_type()).add_(bias).view(shape);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto gradient = gradients[0].reshape({-1, weight.size(0)});
    const auto type = gradient.scalar_type();
    const auto low = Cast(gradient, x.scalar_type());
    torch::Tensor of_x;
    if (context->needs_input_grad(0))
      of_x = Cast(torch::mm(low, weight), type).view(context->saved_data["shape"].toIntVector());
    return {of_x, Cast(torch::mm(Transposed(low), x), type), SumOfRows(gradient), {}, {}};
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

torch::ScalarType TrainingType(const torch::Tensor& weight) {
  return weight.scalar_type() == torch::kFloat64 ? torch::kFloat64 : TrainingType();
}

CurrentCasts::CurrentCasts() : before_(std::exchange(casts_are_current, true)) {}
CurrentCasts::~CurrentCasts() { casts_are_current = before_; }

torch::Tensor LinearImpl::Cast() const {
  const auto type = TrainingType(weight);
  return casts_are_current && cast_.defined() && cast_.scalar_type() == type
             ? cast_
             : weight.detach().to(type);
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x) {
  auto shape = x.sizes().vec();
  shape.back() = weight.size(0);
  return To(shape, x);
}

torch::Tensor LinearImpl::To(const std::vector<int64_t>& shape, const torch::Tensor& x) {
  if (is_training() && bias.defined())
    return PointwiseFunction::apply(x, weight, bias, Cast(), shape);
  return torch::nn::LinearImpl::forward(x.reshape({x.size(0), -1, weight.size(1)})).reshape(shape);
}

torch::Tensor DownImpl::forward(const torch::Tensor& x) {
  return To({x.size(0), x.size(1) / 2, weight.size(0)}, x);
}

torch::Tensor UpImpl::forward(const torch::Tensor& x) {
  return To({x.size(0), 2 * x.size(1), weight.size(0) / 2}, x);
}

}  // namespace motet::trainer
