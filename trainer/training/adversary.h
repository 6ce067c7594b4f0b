// The discriminators of adversarial training and how they learn.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "losses/losses.h"
#include "model/discriminators.h"
#include "model/tensor_file.h"
#include "training/adamw.h"
#include "training/config.h"
#include "training/flat_parameters.h"

namespace motet::trainer {

class Adversary {
 public:
  // `one_pass`: the discriminators see original and decoded sound in one pass. That is half as many
  // calls, and costs the way back through the original, which is not needed: a GPU gains, a CPU
  // does not.
  Adversary(const AdversarialConfig& config, torch::Device device, bool one_pass);

  // The terms `adversarial` and `feature_matching`, where they have weights, of decoded [B, 2, n]
  // against its original, both as the codec's other losses see them. If `learn`, the gradient of
  // the discriminators' own loss times `scale` is added to theirs, and the loss itself, a
  // scalar on the device, put into `own_loss`.
  LossTerms Terms(const torch::Tensor& original, const torch::Tensor& decoded,
                  const LossWeights& weights, bool learn, double scale, torch::Tensor& own_loss);

  void ZeroGradient() { parameters_.gradients().zero_(); }
  // Averages the gradient over the ranks, divides it by `scale` and returns its norm, a scalar on
  // the device.
  torch::Tensor GradientNorm(double scale);
  // Clips the gradient, whose norm that is.
  void ClipGradient(double norm);
  void Step(int64_t step);

  const FlatParameters& parameters() const { return parameters_; }

  // Adds weights and optimizer state to a checkpoint, under `discriminator.`.
  void Store(std::vector<NamedTensor>& tensors) const;
  // Goes on from a checkpoint. One without any discriminator leaves this one as it is, fresh: so
  // adversarial training can begin in the middle of a run. Throws as LoadState does.
  void Restore(const TensorFile& file, const std::string& path);

 private:
  // The outputs for both; of the original none, unless `learn` or its features are wanted, and
  // without a graph unless `learn`.
  std::pair<std::vector<DiscriminatorOutput>, std::vector<DiscriminatorOutput>> Look(
      const torch::Tensor& original, const torch::Tensor& decoded, bool learn, bool features);

  AdversarialConfig config_;
  bool one_pass_;
  Discriminators discriminators_;
  FlatParameters parameters_;
  AdamW optimizer_;
};

}  // namespace motet::trainer
