#include "model/delay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/constants.h"
#include "model/lean.h"

namespace motet::trainer {
namespace {

// Of the shape of `like` [B, T, …], but so many frames.
torch::Tensor Zeros(const torch::Tensor& like, int64_t frames) {
  auto shape = like.sizes().vec();
  shape.at(1) = frames;
  return Constant(fmt::format("zeros {}", fmt::join(shape, " ")), like,
                  [&] { return torch::zeros(shape, torch::dtype(like.scalar_type())); });
}

// The way back is a shift, too; autograd would put each part into zeros of its own and add them.
class DelayFunction : public torch::autograd::Function<DelayFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               int64_t frames) {
    context->saved_data["frames"] = frames;
    return torch::cat({Zeros(x, frames), Part(x, 1, 0, x.size(1) - frames)}, 1);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {Advanced(gradients[0], context->saved_data["frames"].toInt()), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor Delay(const torch::Tensor& x, int64_t frames) {
  return frames == 0 ? x : DelayFunction::apply(x, std::min(frames, x.size(1)));
}

torch::Tensor Advanced(const torch::Tensor& x, int64_t frames) {
  if (frames == 0) return x;
  const int64_t lost = std::min(frames, x.size(1));
  return torch::cat({Part(x, 1, lost, x.size(1) - lost), Zeros(x, lost)}, 1);
}

torch::Tensor AfterZeros(const torch::Tensor& x, int64_t frames) {
  return torch::cat({Zeros(x, frames), x}, 1);
}

torch::Tensor Delayed(const torch::Tensor& padded, int64_t past, int64_t frames) {
  return Part(padded, 1, past - frames, padded.size(1) - past);
}

}  // namespace motet::trainer
