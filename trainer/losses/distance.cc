#include "losses/distance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "distributed/ranks.h"
#include "model/constants.h"
#include "model/lean.h"

namespace motet::trainer {
namespace {

class MeanDistanceFunction : public torch::autograd::Function<MeanDistanceFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& y,
                               const torch::Tensor& x) {
    const auto difference = y - x;
    context->save_for_backward({difference});
    return Mean(difference.abs());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto difference = context->get_saved_variables()[0];
    const auto slope =
        gradients[0] * Number(1 / static_cast<double>(difference.numel()), difference);
    return {torch::sign(difference).mul_(slope), torch::Tensor()};
  }
};

class MeanRelativeDistanceFunction
    : public torch::autograd::Function<MeanRelativeDistanceFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, at::TensorList ys,
                               const std::vector<torch::Tensor>& xs, double floor) {
    const auto type = torch::promote_types(ys[0].scalar_type(), torch::kFloat32);
    std::vector<torch::Tensor> differences, distances, sizes;
    std::vector<int64_t> counts;
    for (size_t i = 0; i < xs.size(); ++i) {
      const auto x = Cast(xs[i], type);
      differences.push_back(Cast(ys[i], type) - x);
      distances.push_back(differences.back().abs().sum().view(1));
      sizes.push_back(x.abs().sum().view(1));
      counts.push_back(x.numel());
    }
    // One over the numbers of values, which makes sums means.
    const auto shares = Constant(fmt::format("shares {}", fmt::join(counts, " ")), sizes[0], [&] {
      return torch::tensor(counts).to(torch::kFloat64).reciprocal();
    });
    const auto size = MeanOverRanks(torch::cat(sizes) * shares) + Number(floor, shares);
    const auto slopes = shares / (size * Number(static_cast<double>(xs.size()), size));
    context->saved_data["type"] = static_cast<int64_t>(ys[0].scalar_type());
    differences.push_back(slopes);
    context->save_for_backward(differences);
    return torch::dot(torch::cat(distances), slopes);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    const auto slopes = saved.back() * gradients[0];
    torch::autograd::variable_list results;
    for (size_t i = 0; i + 1 < saved.size(); ++i) {
      const auto slope = Part(slopes, 0, static_cast<int64_t>(i), 1);
      results.push_back(Cast(torch::sign(saved[i]).mul_(slope), type));
    }
    results.resize(results.size() + 2);
    return results;
  }
};

class SumFunction : public torch::autograd::Function<SumFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, at::TensorList values,
                               const std::vector<double>& factors) {
    context->saved_data["factors"] = factors;
    auto sum = torch::zeros_like(values[0]);
    for (size_t i = 0; i < factors.size(); ++i) sum.add_(values[i], factors[i]);
    return sum;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    torch::autograd::variable_list results;
    const auto zero = Number(0, gradients[0]);
    for (const double factor : context->saved_data["factors"].toDoubleVector())
      results.push_back(torch::add(zero, gradients[0], factor));
    results.emplace_back();
    return results;
  }
};

class FlooredLogFunction : public torch::autograd::Function<FlooredLogFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               double floor) {
    const auto floored = torch::clamp_min(x, floor);
    context->save_for_backward({x, floored});
    context->saved_data["floor"] = floor;
    return torch::log10(floored);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &floored = saved[1];
    // Of what is above the floor, and of nothing else.
    const auto of_log =
        at::threshold_backward(gradients[0], x, context->saved_data["floor"].toDouble());
    return {of_log.mul_(Number(1 / std::log(10.0), x)).div_(floored), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor MeanDistance(const torch::Tensor& y, const torch::Tensor& x) {
  return MeanDistanceFunction::apply(y, x);
}

torch::Tensor MeanRelativeDistance(const std::vector<torch::Tensor>& y,
                                   const std::vector<torch::Tensor>& x, double floor) {
  return MeanRelativeDistanceFunction::apply(at::TensorList(y), x, floor);
}

torch::Tensor SumOf(const std::vector<torch::Tensor>& values, const std::vector<double>& factors) {
  return SumFunction::apply(at::TensorList(values), factors);
}

torch::Tensor FlooredLog(const torch::Tensor& x, double floor) {
  return FlooredLogFunction::apply(x, floor);
}

}  // namespace motet::trainer
