#include "training/adversary.h"

#include <algorithm>

#include "distributed/ranks.h"
#include "training/checkpoint.h"
#include "training/gradient.h"

namespace motet::trainer {

Adversary::Adversary(const AdversarialConfig& config, torch::Device device, bool one_pass)
    : config_(config),
      one_pass_(one_pass),
      discriminators_(config.discriminators),
      parameters_((discriminators_->to(device), NamedParameters(*discriminators_))),
      optimizer_(parameters_, 0, 0, {config.beta1, config.beta2, /*weight_decay=*/0}) {}

std::pair<std::vector<DiscriminatorOutput>, std::vector<DiscriminatorOutput>> Adversary::Look(
    const torch::Tensor& original, const torch::Tensor& decoded, bool learn, bool features) {
  if (!learn && !features) return {{}, discriminators_(decoded)};
  if (!one_pass_) {
    if (learn) {
      auto both = discriminators_->Of({original, decoded});
      return {std::move(both[0]), std::move(both[1])};
    }
    std::vector<DiscriminatorOutput> of_original;
    {
      torch::NoGradGuard no_grad;
      of_original = discriminators_(original);
    }
    return {std::move(of_original), discriminators_(decoded)};
  }
  std::vector<DiscriminatorOutput> of_original, of_decoded;
  for (const auto& both : discriminators_(torch::cat({original, decoded}))) {
    auto& a = of_original.emplace_back();
    auto& b = of_decoded.emplace_back();
    const auto scores = both.score.chunk(2);
    a.score = scores[0];
    b.score = scores[1];
    for (const auto& feature : both.features) {
      const auto halves = feature.chunk(2);
      a.features.push_back(halves[0]);
      b.features.push_back(halves[1]);
    }
  }
  return {std::move(of_original), std::move(of_decoded)};
}

LossTerms Adversary::Terms(const torch::Tensor& original, const torch::Tensor& decoded,
                           const LossWeights& weights, bool learn, double scale,
                           torch::Tensor& own_loss) {
  const bool adversarial = weights.at("adversarial") > 0,
             feature_matching = weights.at("feature_matching") > 0;
  LossTerms terms;
  if (!learn && !adversarial && !feature_matching) return terms;
  const auto [of_original, of_decoded] = Look(original, decoded, learn, feature_matching);
  if (learn) {
    const auto loss = DiscriminatorLoss(of_original, of_decoded, config_.kind);
    // One pass serves both sides: this gradient stops at the discriminators' weights, and that of
    // the terms below goes through them to the decoded signal alone.
    std::vector<torch::Tensor> weights;
    for (const auto& [name, parameter] : parameters_.named()) weights.push_back(parameter);
    torch::autograd::backward({loss * scale}, {}, /*retain_graph=*/true, /*create_graph=*/false,
                              weights);
    own_loss = loss.detach();
  }
  if (adversarial) terms["adversarial"] = AdversarialLoss(of_decoded, config_.kind);
  if (feature_matching) terms["feature_matching"] = FeatureMatchingLoss(of_original, of_decoded);
  return terms;
}

torch::Tensor Adversary::GradientNorm(double scale) {
  AverageOverRanks({parameters_.gradients()});
  return trainer::GradientNorm(parameters_.gradients(), scale);
}

void Adversary::ClipGradient(double norm) {
  trainer::ClipGradient(parameters_.gradients(), norm, config_.clip);
}

void Adversary::Step(int64_t step) { optimizer_.Step(config_.learning_rate.At(step)); }

void Adversary::Store(std::vector<NamedTensor>& tensors) const {
  for (const auto& [name, tensor] : NamedState(*discriminators_))
    tensors.push_back(StoreTensor("discriminator.model." + name, tensor));
  optimizer_.Store("discriminator.optimizer.", tensors);
}

void Adversary::Restore(const TensorFile& file, const std::string& path) {
  const bool any = std::any_of(file.tensors.begin(), file.tensors.end(), [](const auto& tensor) {
    return tensor.name.rfind("discriminator.", 0) == 0;
  });
  if (!any) return;
  LoadState(*discriminators_, file, "discriminator.model.", path);
  optimizer_.Restore("discriminator.optimizer.", file, path);
}

}  // namespace motet::trainer
