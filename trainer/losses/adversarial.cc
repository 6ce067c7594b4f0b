#include "losses/adversarial.h"

#include <stdexcept>

#include "distributed/ranks.h"

namespace motet::trainer {

AdversarialKind AdversarialKindFrom(const std::string& name) {
  if (name == "hinge") return AdversarialKind::kHinge;
  if (name == "least_squares") return AdversarialKind::kLeastSquares;
  throw std::runtime_error("adversarial loss '" + name + "', wanted hinge or least_squares");
}

torch::Tensor DiscriminatorLoss(const std::vector<DiscriminatorOutput>& original,
                                const std::vector<DiscriminatorOutput>& decoded,
                                AdversarialKind kind) {
  std::vector<torch::Tensor> losses;
  for (size_t i = 0; i < original.size(); ++i) {
    const auto& x = original[i].score;
    const auto& y = decoded[i].score;
    losses.push_back(kind == AdversarialKind::kHinge
                         ? torch::relu(1 - x).mean() + torch::relu(1 + y).mean()
                         : (1 - x).square().mean() + y.square().mean());
  }
  return torch::stack(losses).mean();
}

torch::Tensor AdversarialLoss(const std::vector<DiscriminatorOutput>& decoded,
                              AdversarialKind kind) {
  std::vector<torch::Tensor> losses;
  for (const auto& output : decoded) {
    const auto short_of = 1 - output.score;
    losses.push_back(
        (kind == AdversarialKind::kHinge ? torch::relu(short_of) : short_of.square()).mean());
  }
  return torch::stack(losses).mean();
}

torch::Tensor FeatureMatchingLoss(const std::vector<DiscriminatorOutput>& original,
                                  const std::vector<DiscriminatorOutput>& decoded) {
  std::vector<torch::Tensor> losses;
  for (size_t i = 0; i < original.size(); ++i) {
    for (size_t layer = 0; layer < original[i].features.size(); ++layer) {
      const auto x = original[i].features[layer].detach();
      losses.push_back(torch::l1_loss(decoded[i].features[layer], x) /
                       (MeanOverRanks(x.detach().abs().mean()) + 1e-6));
    }
  }
  return torch::stack(losses).mean();
}

}  // namespace motet::trainer
