// The discriminators of adversarial training and how they learn.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "losses/losses.h"
#include "model/discriminators.h"
#include "model/tensor_file.h"
#include "training/config.h"

namespace motet::trainer {

class Adversary {
 public:
  Adversary(const AdversarialConfig& config, torch::Device device);

  // The terms `adversarial` and `feature_matching`, where they have weights, of decoded [B, 2, n]
  // against its original, both as the codec's other losses see them. If `learn`, the gradient of
  // the discriminators' own loss times `scale` is added to theirs, and the loss itself, a
  // scalar on the device, put into `own_loss`.
  LossTerms Terms(const torch::Tensor& original, const torch::Tensor& decoded,
                  const LossWeights& weights, bool learn, double scale, torch::Tensor& own_loss);

  void ZeroGradient();
  // Averages the gradient over the ranks, divides it by `scale` and returns its norm, a scalar on
  // the device.
  torch::Tensor GradientNorm(double scale);
  // Clips the gradient, whose norm that is.
  void ClipGradient(double norm);
  void Step(int64_t step);

  std::vector<torch::Tensor>& parameters() { return parameters_; }

  // Adds weights and optimizer state to a checkpoint, under `discriminator.`.
  void Store(std::vector<NamedTensor>& tensors) const;
  // Goes on from a checkpoint. One without any discriminator leaves this one as it is, fresh: so
  // adversarial training can begin in the middle of a run. Throws as LoadState does.
  void Restore(const TensorFile& file, const std::string& path);

 private:
  AdversarialConfig config_;
  Discriminators discriminators_;
  std::vector<torch::Tensor> parameters_;
  torch::optim::AdamW optimizer_;
};

}  // namespace motet::trainer
