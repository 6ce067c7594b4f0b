// Compares the gradient of a function with differences of its values, in float64.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <functional>
#include <string>

namespace motet::trainer {

// `loss` maps a tensor to a scalar; `at` requires a gradient. Along three random directions the
// central difference must equal the slope that the gradient promises.
inline void ExpectGradientEqualsDifferences(
    const std::function<torch::Tensor(const torch::Tensor&)>& loss, const torch::Tensor& at,
    const std::string& what) {
  const auto gradient = torch::autograd::grad({loss(at)}, {at})[0];
  ASSERT_GT(gradient.norm().item<double>(), 0) << what;
  torch::NoGradGuard no_grad;
  for (int i = 0; i < 3; ++i) {
    const auto direction = torch::randn_like(at);
    const double step = 1e-7;
    const double slope =
        (loss(at + step * direction) - loss(at - step * direction)).item<double>() / (2 * step);
    const double wanted = (gradient * direction).sum().item<double>();
    EXPECT_NEAR(slope, wanted,
                2e-4 * std::abs(wanted) + 1e-6 * gradient.norm().item<double>() + 1e-8)
        << what;
  }
}

}  // namespace motet::trainer
