#include "training/adamw.h"

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace motet::trainer {
namespace {

using State = torch::optim::AdamWParamState;

State& StateOf(torch::optim::AdamW& optimizer, const torch::Tensor& parameter) {
  auto& slot = optimizer.state()[StateKey(parameter)];
  if (slot == nullptr) {
    auto fresh = std::make_unique<State>();
    fresh->step(0);
    fresh->exp_avg(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
    fresh->exp_avg_sq(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
    slot = std::move(fresh);
  }
  return static_cast<State&>(*slot);
}

}  // namespace

void StepAdamW(torch::optim::AdamW& optimizer) {
  torch::NoGradGuard no_grad;
  for (auto& group : optimizer.param_groups()) {
    const auto& options = static_cast<const torch::optim::AdamWOptions&>(group.options());
    const double beta1 = std::get<0>(options.betas()), beta2 = std::get<1>(options.betas());
    std::vector<torch::Tensor> parameters, gradients, means, squares;
    std::vector<torch::Scalar> root_corrections, step_sizes;
    for (const auto& parameter : group.params()) {
      if (!parameter.grad().defined()) continue;
      State& state = StateOf(optimizer, parameter);
      state.step(state.step() + 1);
      const auto step = static_cast<double>(state.step());
      parameters.push_back(parameter);
      gradients.push_back(parameter.grad());
      means.push_back(state.exp_avg());
      squares.push_back(state.exp_avg_sq());
      root_corrections.emplace_back(std::sqrt(1 - std::pow(beta2, step)));
      step_sizes.emplace_back(-options.lr() / (1 - std::pow(beta1, step)));
    }
    if (parameters.empty()) continue;
    if (options.weight_decay() != 0)
      at::_foreach_mul_(parameters, 1 - options.lr() * options.weight_decay());
    at::_foreach_mul_(means, beta1);
    at::_foreach_add_(means, gradients, 1 - beta1);
    at::_foreach_mul_(squares, beta2);
    at::_foreach_addcmul_(squares, gradients, gradients, 1 - beta2);
    const auto roots = at::_foreach_sqrt(squares);
    at::_foreach_div_(roots, root_corrections);
    at::_foreach_add_(roots, options.eps());
    at::_foreach_addcdiv_(parameters, means, roots, step_sizes);
  }
}

}  // namespace motet::trainer
