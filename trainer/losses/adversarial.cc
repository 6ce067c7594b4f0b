#include "losses/adversarial.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "losses/distance.h"
#include "model/constants.h"
#include "model/lean.h"

namespace motet::trainer {
namespace {

// How far scores are from what an original or a decoded sound should get, 1 or above and −1 or
// below under the hinge loss, 1 and 0 under least squares: mean over the discriminators.
class ScoreFunction : public torch::autograd::Function<ScoreFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, at::TensorList scores,
                               bool as_original, AdversarialKind kind) {
    std::vector<torch::Tensor> flat;
    std::vector<int64_t> counts;
    for (const auto& score : scores) {
      flat.push_back(score.reshape(-1));
      counts.push_back(score.numel());
    }
    const auto all = torch::cat(flat);
    // What each counts in the mean.
    const auto shares =
        Constant(fmt::format("shares of scores {}", fmt::join(counts, " ")), all, [&] {
          std::vector<torch::Tensor> parts;
          for (const int64_t count : counts)
            parts.push_back(torch::full(
                {count}, 1 / static_cast<double>(count * static_cast<int64_t>(counts.size())),
                torch::kFloat64));
          return torch::cat(parts);
        });
    const bool hinge = kind == AdversarialKind::kHinge;
    const auto ones = Ones(all.size(0), all);
    auto gap = as_original ? ones - all : hinge ? ones + all : all;
    if (hinge) gap = torch::relu(gap);
    context->saved_data["as_original"] = as_original;
    context->saved_data["hinge"] = hinge;
    auto saved = scores.vec();
    saved.insert(saved.end(), {gap, shares});
    context->save_for_backward(saved);
    return hinge ? torch::dot(gap, shares) : torch::dot(gap * gap, shares);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const size_t count = saved.size() - 2;
    const auto &gap = saved[count], &shares = saved[count + 1];
    auto of_all = shares * gradients[0];
    of_all = context->saved_data["hinge"].toBool()
                 ? at::threshold_backward(of_all, gap, 0)
                 : torch::addcmul(torch::zeros_like(gap), of_all, gap, 2);
    if (context->saved_data["as_original"].toBool()) of_all = of_all.neg_();
    torch::autograd::variable_list results;
    int64_t first = 0;
    for (size_t i = 0; i < count; ++i) {
      results.push_back(Part(of_all, 0, first, saved[i].numel()).view(saved[i].sizes()));
      first += saved[i].numel();
    }
    results.resize(count + 2);
    return results;
  }
};

torch::Tensor ScoreLoss(const std::vector<DiscriminatorOutput>& outputs, bool as_original,
                        AdversarialKind kind) {
  std::vector<torch::Tensor> scores;
  for (const auto& output : outputs) scores.push_back(output.score);
  return ScoreFunction::apply(at::TensorList(scores), as_original, kind);
}

}  // namespace

AdversarialKind AdversarialKindFrom(const std::string& name) {
  if (name == "hinge") return AdversarialKind::kHinge;
  if (name == "least_squares") return AdversarialKind::kLeastSquares;
  throw std::runtime_error("adversarial loss '" + name + "', wanted hinge or least_squares");
}

torch::Tensor DiscriminatorLoss(const std::vector<DiscriminatorOutput>& original,
                                const std::vector<DiscriminatorOutput>& decoded,
                                AdversarialKind kind) {
  return ScoreLoss(original, /*as_original=*/true, kind) +
         ScoreLoss(decoded, /*as_original=*/false, kind);
}

torch::Tensor AdversarialLoss(const std::vector<DiscriminatorOutput>& decoded,
                              AdversarialKind kind) {
  return ScoreLoss(decoded, /*as_original=*/true, kind);
}

torch::Tensor FeatureMatchingLoss(const std::vector<DiscriminatorOutput>& original,
                                  const std::vector<DiscriminatorOutput>& decoded) {
  std::vector<torch::Tensor> x, y;
  for (const auto& output : original)
    x.insert(x.end(), output.features.begin(), output.features.end());
  for (const auto& output : decoded)
    y.insert(y.end(), output.features.begin(), output.features.end());
  return MeanRelativeDistance(y, x, /*floor=*/1e-6);
}

}  // namespace motet::trainer
