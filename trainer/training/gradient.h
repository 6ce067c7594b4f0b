// What is done to a gradient between the backward pass and the step.
#pragma once

#include <torch/torch.h>

#include <limits>
#include <vector>

namespace motet::trainer {

// Divides the gradients by `scale` and, if their common norm is above `largest`, multiplies them so
// that it is `largest`. Returns the norm before that. Gradients of a norm that is not finite are
// only divided, so that one can still see which of them are to blame.
inline double ClipGradient(const std::vector<torch::Tensor>& parameters, double scale,
                           double largest) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> norms;
  for (const auto& parameter : parameters) {
    auto gradient = parameter.grad();
    if (!gradient.defined()) continue;
    if (scale != 1) gradient.div_(scale);
    norms.push_back(gradient.norm());
  }
  if (norms.empty()) return 0;
  const double norm = torch::stack(norms).norm().item<double>();
  if (norm > largest && norm < std::numeric_limits<double>::infinity()) {
    for (const auto& parameter : parameters) {
      auto gradient = parameter.grad();
      if (gradient.defined()) gradient.mul_(largest / norm);
    }
  }
  return norm;
}

}  // namespace motet::trainer
