#include "model/delay.h"

#include <algorithm>

#include "model/constants.h"

namespace motet::trainer {
namespace {

torch::Tensor Zeros(const torch::Tensor& like, int64_t frames) {
  return Constant(
      "zeros " + std::to_string(like.size(0)) + " " + std::to_string(frames) + " " +
          std::to_string(like.size(2)),
      like, [&] {
        return torch::zeros({like.size(0), frames, like.size(2)}, torch::dtype(like.scalar_type()));
      });
}

// The way back is a shift, too; autograd would put each part into zeros of its own and add them.
class DelayFunction : public torch::autograd::Function<DelayFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               int64_t frames) {
    context->saved_data["frames"] = frames;
    return torch::cat({Zeros(x, frames), x.narrow(1, 0, x.size(1) - frames)}, 1);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto& gradient = gradients[0];
    const int64_t frames = context->saved_data["frames"].toInt();
    return {
        torch::cat({gradient.narrow(1, frames, gradient.size(1) - frames), Zeros(gradient, frames)},
                   1),
        torch::Tensor()};
  }
};

}  // namespace

torch::Tensor Delay(const torch::Tensor& x, int64_t frames) {
  return frames == 0 ? x : DelayFunction::apply(x, std::min(frames, x.size(1)));
}

}  // namespace motet::trainer
