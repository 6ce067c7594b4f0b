// What is done to a gradient between the backward pass and the step.
#pragma once

#include <torch/torch.h>

#include <limits>

#include "training/flat_parameters.h"

namespace motet::trainer {

// Divides a gradient (FlatParameters::gradients()) by `scale` and returns its norm, a scalar on its
// device: nothing waits for it here.
inline torch::Tensor GradientNorm(const torch::Tensor& gradient, double scale) {
  torch::NoGradGuard no_grad;
  if (scale != 1) gradient.div_(scale);
  // By rows first: LibTorch sums all squares in float32 one after the other, and would lose a
  // thousandth of the sum of millions.
  constexpr int64_t kRow = FlatParameters::kRow;
  return gradient.view({gradient.size(0) / kRow, kRow}).norm(2, 1).norm();
}

// Multiplies a gradient of norm `norm` so that it is `largest`, if it is above that. A gradient of
// a norm that is not finite stays, so that one can still see which parameters caused it.
inline void ClipGradient(const torch::Tensor& gradient, double norm, double largest) {
  if (!(norm > largest) || norm == std::numeric_limits<double>::infinity()) return;
  torch::NoGradGuard no_grad;
  gradient.mul_(largest / norm);
}

}  // namespace motet::trainer
