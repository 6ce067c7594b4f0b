// Adversarial losses on the outputs of the discriminators (DiscriminatorOutput: scores D and hidden
// layers f). Scalars, means over the discriminators; x is the original, y the decoded signal.
#pragma once

#include <string>
#include <vector>

#include "model/discriminators.h"

namespace motet::trainer {

enum class AdversarialKind {
  kHinge,         // Lim & Ye 2017, "Geometric GAN"
  kLeastSquares,  // Mao et al. 2017, "Least Squares Generative Adversarial Networks"
};
// "hinge" or "least_squares"; throws std::runtime_error on any other name.
AdversarialKind AdversarialKindFrom(const std::string& name);

// What the discriminators minimise, given their outputs for originals and for decoded signals.
// Hinge: mean max(0, 1 − D(x)) + mean max(0, 1 + D(y)), 2 for scores of 0. Least squares:
// mean (1 − D(x))² + mean D(y)².
torch::Tensor DiscriminatorLoss(const std::vector<DiscriminatorOutput>& original,
                                const std::vector<DiscriminatorOutput>& decoded,
                                AdversarialKind kind);

// What the codec minimises. Hinge: mean max(0, 1 − D(y)), as in EnCodec (Défossez et al. 2022).
// Least squares: mean (1 − D(y))².
torch::Tensor AdversarialLoss(const std::vector<DiscriminatorOutput>& decoded,
                              AdversarialKind kind);

// Mean over layers of mean |f(y) − f(x)| / mean |f(x)| (Larsen et al. 2016; relative as in
// EnCodec). No gradient flows to f(x).
torch::Tensor FeatureMatchingLoss(const std::vector<DiscriminatorOutput>& original,
                                  const std::vector<DiscriminatorOutput>& decoded);

}  // namespace motet::trainer
