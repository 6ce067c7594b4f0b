#include "model/linear.h"

#include <utility>

#include "model/constants.h"

namespace motet::trainer {
namespace {

Precision training_precision = Precision::kFloat32;

bool casts_are_current = false;

// x in another type. Two calls instead of the four of torch::Tensor::to, thousands of times a step.
torch::Tensor Cast(const torch::Tensor& x, torch::ScalarType type) {
  return x.scalar_type() == type ? x : torch::empty(x.sizes(), x.options().dtype(type)).copy_(x);
}

// x [rows, columns] as [columns, rows], the same memory: one call instead of three.
torch::Tensor Transposed(const torch::Tensor& x) {
  return x.as_strided({x.size(1), x.size(0)}, {x.stride(1), x.stride(0)});
}

// x [..., in] -> [..., out]. Products in the type of `cast`, the weight in the type of products
// (bfloat16 is twice as fast as float32 where the processor or the GPU has it), sums and everything
// else in float32. The gradient of the bias is a matrix-vector product: summing over rows is slow
// in LibTorch 1.13.
class PointwiseFunction : public torch::autograd::Function<PointwiseFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& /*weight*/, const torch::Tensor& bias,
                               const torch::Tensor& cast) {
    const auto low_x = Cast(x.reshape({-1, x.size(-1)}), cast.scalar_type());
    context->save_for_backward({low_x, cast});
    auto shape = x.sizes().vec();
    shape.back() = cast.size(0);
    return Cast(torch::mm(low_x, Transposed(cast)), torch::kFloat32).add_(bias).view(shape);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    auto shape = gradients[0].sizes().vec();
    const auto gradient = gradients[0].reshape({-1, shape.back()}).contiguous();
    const auto low = Cast(gradient, x.scalar_type());
    const auto bias = torch::mv(Transposed(gradient), Ones(gradient.size(0), gradient));
    torch::Tensor of_x;
    if (context->needs_input_grad(0)) {
      shape.back() = x.size(1);
      of_x = Cast(torch::mm(low, weight), torch::kFloat32).view(shape);
    }
    return {of_x, Cast(torch::mm(Transposed(low), x), torch::kFloat32), bias, torch::Tensor()};
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

torch::Tensor LinearImpl::forward(const torch::Tensor& x) {
  if (!is_training() || !bias.defined()) return torch::nn::LinearImpl::forward(x);
  const auto type = TrainingType();
  const auto cast = casts_are_current && cast_.defined() && cast_.scalar_type() == type
                        ? cast_
                        : weight.detach().to(type);
  return PointwiseFunction::apply(x, weight, bias, cast);
}

torch::Tensor DownImpl::forward(const torch::Tensor& x) {
  return LinearImpl::forward(x.reshape({x.size(0), x.size(1) / 2, 2 * x.size(2)}));
}

torch::Tensor UpImpl::forward(const torch::Tensor& x) {
  const auto y = LinearImpl::forward(x);
  return y.reshape({x.size(0), 2 * x.size(1), y.size(2) / 2});
}

}  // namespace motet::trainer
