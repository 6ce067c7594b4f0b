// The training run: one state, and train_step, validate and checkpoint upon it.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "distributed/ranks.h"
#include "evaluation/validation.h"
#include "losses/balancer.h"
#include "losses/losses.h"
#include "model/codec.h"
#include "model/tensor_file.h"
#include "training/adversary.h"
#include "training/checkpoint.h"
#include "training/config.h"
#include "training/loss_scaler.h"
#include "training/optimizer.h"
#include "training/step_graph.h"

namespace motet::trainer {

class Trainer {
 public:
  // Throws std::runtime_error on a device that is not there.
  explicit Trainer(Configuration config);

  // Goes on from a checkpoint: weights, averages, optimizer, random numbers and counters.
  void Resume(const std::filesystem::path& checkpoint);
  // Starts from the weights of a checkpoint or of an exported model, with a fresh optimizer.
  // Returns the names of the blocks that are new (see LoadWeights).
  std::vector<std::string> Initialise(const std::filesystem::path& model);

  // One step of gradient descent on x [B, 2, n], this rank's part of the batch; together with the
  // other ranks, or by itself if `training.local_steps` says so. Returns the
  // unweighted loss terms, `loss`, `gradient_norm`, `learning_rate`, what is scheduled, and of
  // adversarial training `discriminator` (the discriminators' own loss, when they learn). A step
  // whose gradient is not finite changes no weight; it is counted in skipped_steps() and explained
  // by last_skipped(). Throws std::runtime_error when too many of them follow one another.
  std::map<std::string, double> TrainStep(const torch::Tensor& x);

  // Measures the averaged weights on the validation clips; notes the result if it is the best.
  ValidationResult ValidateAverage(const torch::Tensor& clips,
                                   const std::vector<int64_t>& qualities);

  // Writes the whole state (beside, then renamed).
  void Checkpoint(const std::filesystem::path& path) const;

  // Whether all ranks hold the same state now: always, but for the steps that each takes by itself
  // (`training.local_steps`).
  bool RanksAgree() const { return RanksAgreeAfter(step_); }

  // A hash of weights, codebooks and averages, which every rank must share.
  int64_t Fingerprint() const;

  Codec& codec() { return codec_; }
  const Configuration& config() const { return config_; }
  torch::Device device() const { return device_; }
  int64_t step() const { return step_; }
  int64_t skipped_steps() const { return skipped_steps_; }
  // "step 12: loss term mel is nan", empty if no step was skipped.
  const std::string& last_skipped() const { return last_skipped_; }
  double loss_scale() const { return scaler_.scale(); }
  double audio_seconds() const { return audio_seconds_; }
  double best_mel() const { return best_mel_; }
  void set_best_mel(double mel) { best_mel_ = mel; }
  int64_t parameters() const;

 private:
  // What the gradient of a part of a batch depends on, besides its sound.
  struct PartOfStep {
    LossWeights weights;
    LossChoices choices;
    bool with_discriminators = false, discriminators_learn = false;
    double scale = 1;  // of the gradient
  };

  torch::Tensor DrawQualities(int64_t items);  // on the host
  // Adds the gradient of the losses on x [B, 2, n] to that of the weights. Returns the losses and
  // `discriminator`, still on the device. From a recording, if there is one.
  LossTerms Terms(const torch::Tensor& x, const torch::Tensor& qualities, const PartOfStep& what);
  // The same, call by call. `device_weights`, if given, stand for those of `what`.
  LossTerms AddGradient(const torch::Tensor& x, const torch::Tensor& qualities,
                        const PartOfStep& what, const LossTerms& device_weights);
  // What is not finite in a step: a loss term, or the gradient of a parameter.
  std::string WhatIsNotFinite(const std::map<std::string, double>& report) const;
  void UpdateAverage();
  // Gives the layers of the codec their parts of `casts_`.
  void ShareCasts();
  // Makes `casts_` what the weights are now.
  void UpdateCasts();
  // What is learned, side by side.
  const FlatParameters& learned() const { return optimizer_->parameters(); }

  bool RanksAgreeAfter(int64_t steps) const;
  // In place of this rank's weights, averages, moments and codebooks, the means over the ranks.
  void AverageState();

  Configuration config_;
  Rank rank_;
  torch::Device device_;
  Codec codec_;
  CodecLoss loss_;
  Balancer balancer_;
  LossScaler scaler_;
  std::unique_ptr<StepGraph> graph_;      // null where steps are not recorded
  std::unique_ptr<Adversary> adversary_;  // null without adversarial training
  std::unique_ptr<Optimizer> optimizer_;  // holds what is learned: parameters, learned codebooks
  torch::Tensor average_;                 // EMA of optimizer_->parameters().values()
  torch::Tensor casts_;  // the same values as products see them: in the training type, or rounded
  // Weights of layers and their parts of `casts_`, where the parts are rounded.
  std::vector<std::pair<torch::Tensor, torch::Tensor>> rounded_;
  std::mt19937_64 random_;
  int64_t step_ = 0, skipped_steps_ = 0, skipped_in_a_row_ = 0;
  std::string last_skipped_;
  double audio_seconds_ = 0, best_mel_ = 1e9;
};

}  // namespace motet::trainer
