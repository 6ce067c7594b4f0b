// What is done to a gradient between the backward pass and the step.
#pragma once

#include <torch/torch.h>

#include <limits>
#include <vector>

namespace motet::trainer {

// The gradients that the parameters hold.
inline std::vector<torch::Tensor> GradientsOf(const std::vector<torch::Tensor>& parameters) {
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

// Divides the gradients by `scale` and returns their common norm, a scalar on their device: nothing
// waits for it here.
inline torch::Tensor GradientNorm(const std::vector<torch::Tensor>& parameters, double scale) {
  torch::NoGradGuard no_grad;
  const auto gradients = GradientsOf(parameters);
  if (gradients.empty()) return torch::zeros({});
  if (scale != 1) at::_foreach_div_(gradients, scale);
  return torch::stack(at::_foreach_norm(gradients)).norm();
}

// Multiplies gradients of norm `norm` so that it is `largest`, if it is above that. Gradients of a
// norm that is not finite stay, so that one can still see which of them caused it.
inline void ClipGradient(const std::vector<torch::Tensor>& parameters, double norm,
                         double largest) {
  if (!(norm > largest) || norm == std::numeric_limits<double>::infinity()) return;
  torch::NoGradGuard no_grad;
  at::_foreach_mul_(GradientsOf(parameters), largest / norm);
}

}  // namespace motet::trainer
