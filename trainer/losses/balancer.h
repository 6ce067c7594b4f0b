// Gradient balancing (Défossez et al. 2022, "High Fidelity Neural Audio Compression", section 3.4):
// a weight says which share of the gradient at the codec's output its loss has, whatever its scale.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "losses/losses.h"

namespace motet::trainer {

// Combines the gradients g_i of the losses at the decoded signal to Σ w_i · g_i / ⟨|g_i|⟩, where
// ⟨·⟩ is an exponential moving average with bias correction. With weights that sum to one the
// combined gradient has a norm of about one: the learning rate no longer depends on the scale of
// losses.
class Balancer {
 public:
  // `decay` of the moving averages, 0…1.
  explicit Balancer(double decay) : decay_(decay) {}

  // terms: scalars that depend on `decoded` [B, 2, n], a leaf that requires a gradient. Returns the
  // combined gradient with respect to it, [B, 2, n], times `scale` (the loss scale; norms are taken
  // without it). A norm
  // that is not finite does not enter the average.
  torch::Tensor Gradient(const LossTerms& terms, const LossWeights& weights,
                         const torch::Tensor& decoded, double scale);

  // Average norm per loss so far, for the log.
  std::map<std::string, double> Norms() const;
  // The averages, for a checkpoint.
  nlohmann::json State() const;
  void Restore(const nlohmann::json& state);

 private:
  struct Average {
    double sum = 0, weight = 0;
  };
  double decay_;
  std::map<std::string, Average> averages_;
};

}  // namespace motet::trainer
