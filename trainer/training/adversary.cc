#include "training/adversary.h"

#include <algorithm>

#include "distributed/ranks.h"
#include "training/adamw.h"
#include "training/checkpoint.h"
#include "training/gradient.h"

namespace motet::trainer {

Adversary::Adversary(const AdversarialConfig& config, torch::Device device)
    : config_(config),
      discriminators_(config.discriminators),
      parameters_((discriminators_->to(device), discriminators_->parameters())),
      optimizer_(parameters_, torch::optim::AdamWOptions(config.learning_rate.At(0))
                                  .betas({config.beta1, config.beta2})
                                  .weight_decay(0)) {}

LossTerms Adversary::Terms(const torch::Tensor& original, const torch::Tensor& decoded,
                           const LossWeights& weights, bool learn, double scale,
                           torch::Tensor& own_loss) {
  const bool adversarial = weights.at("adversarial") > 0,
             feature_matching = weights.at("feature_matching") > 0;
  LossTerms terms;
  if (!learn && !adversarial && !feature_matching) return terms;
  std::vector<DiscriminatorOutput> of_original;
  if (learn || feature_matching) {
    const torch::AutoGradMode mode(learn);
    of_original = discriminators_(original);
  }
  const auto of_decoded = discriminators_(decoded);
  if (learn) {
    const auto loss = DiscriminatorLoss(of_original, of_decoded, config_.kind);
    // One pass serves both sides: this gradient stops at the discriminators' weights, and that of
    // the terms below goes through them to the decoded signal alone.
    const auto gradients = torch::autograd::grad({loss * scale}, parameters_, {},
                                                 /*retain_graph=*/true);
    for (size_t i = 0; i < parameters_.size(); ++i) {
      auto& gradient = parameters_[i].mutable_grad();
      gradient = gradient.defined() ? gradient + gradients[i] : gradients[i];
    }
    own_loss = loss.detach();
  }
  if (adversarial) terms["adversarial"] = AdversarialLoss(of_decoded, config_.kind);
  if (feature_matching) terms["feature_matching"] = FeatureMatchingLoss(of_original, of_decoded);
  return terms;
}

void Adversary::ZeroGradient() {
  for (auto& parameter : parameters_) parameter.mutable_grad() = torch::Tensor();
}

torch::Tensor Adversary::GradientNorm(double scale) {
  AverageGradients(parameters_);
  return trainer::GradientNorm(parameters_, scale);
}

void Adversary::ClipGradient(double norm) {
  trainer::ClipGradient(parameters_, norm, config_.clip);
}

void Adversary::Step(int64_t step) {
  SetLearningRate(optimizer_, config_.learning_rate.At(step));
  StepAdamW(optimizer_);
}

void Adversary::Store(std::vector<NamedTensor>& tensors) const {
  for (const auto& [name, tensor] : NamedState(*discriminators_))
    tensors.push_back(StoreTensor("discriminator.model." + name, tensor));
  StoreOptimizer(optimizer_, NamedParameters(*discriminators_), "discriminator.optimizer.",
                 tensors);
}

void Adversary::Restore(const TensorFile& file, const std::string& path) {
  const bool any = std::any_of(file.tensors.begin(), file.tensors.end(), [](const auto& tensor) {
    return tensor.name.rfind("discriminator.", 0) == 0;
  });
  if (!any) return;
  LoadState(*discriminators_, file, "discriminator.model.", path);
  LoadOptimizer(optimizer_, NamedParameters(*discriminators_), "discriminator.optimizer.", file,
                path);
}

}  // namespace motet::trainer
