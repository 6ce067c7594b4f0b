// One training run's configuration: what to learn, from what, for how long.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/augmentation.h"
#include "losses/adversarial.h"
#include "losses/losses.h"
#include "model/config.h"
#include "training/schedule.h"

namespace motet::trainer {

struct DataConfig {
  std::string path;          // dataset folder, as `motet-data collect` writes it
  Schedule segment_seconds;  // rounded to whole packets
  int64_t batch = 0;         // excerpts per step, of each process
  double cap_seconds = 0;    // longer tracks are drawn no more often than tracks of this length
  double min_bandwidth_hz = 0;
  int64_t threads = 0;  // that prepare batches ahead
  // 0: drawn as the music comes; 1: every track, or every class of bandwidth, as often as any
  // other.
  double track_balance = 0, bandwidth_balance = 0;
  data::AugmentationOptions augmentation;
};

struct OptimizerConfig {
  // After a linear warm-up the rate falls from `learning_rate` to `final_learning_rate` over the
  // steps of the run: along a cosine, exponentially, or not at all (`constant`), which leaves it to
  // the points of the schedule.
  Schedule learning_rate;
  double final_learning_rate = 0;
  std::string decay;
  std::string type;          // adamw; or muon: Muon for hidden matrices, AdamW for the rest
  double muon_momentum = 0;  // of Muon's average of gradients
  int64_t warmup_steps = 0;
  double beta1 = 0, beta2 = 0, weight_decay = 0, clip = 0;  // clip: largest norm of the gradient
  double ema_decay = 0;  // of the averaged weights that are evaluated and exported

  double LearningRateAt(int64_t step, int64_t steps) const;
};

// Adversarial training; on if `losses.adversarial` or `losses.feature_matching` ever has a weight.
struct AdversarialConfig {
  AdversarialKind kind = AdversarialKind::kHinge;
  int64_t start_step = 0;       // before it there are no discriminators in a step
  Schedule update_probability;  // that the discriminators learn in a step
  Schedule learning_rate;
  double beta1 = 0, beta2 = 0, clip = 0;
  DiscriminatorConfig discriminators;
  bool enabled = false;
};

struct LoopConfig {
  int64_t steps = 0;
  int64_t seed = 0;
  int64_t log_every = 0, validate_every = 0, checkpoint_every = 0;  // steps
  int64_t keep_checkpoints = 0;
  int64_t validation_clips = 0;
  double validation_seconds = 0;
  // Quantizer dropout: shares of the items trained at the default and at the highest quality; the
  // rest are drawn evenly from the whole ladder.
  Schedule default_quality_share, highest_quality_share;
  std::string learn;               // "all", or "decoder": codes stay as they are
  int64_t freeze_norm_step = 0;    // from here on codebooks normalise by running statistics
  std::string device;              // auto, cpu or cuda
  bool graph = false;              // on a GPU, steps are recorded as CUDA graphs
  std::string precision;           // of the convolutions in training: f32, bf16 or fp16
  std::string weights;             // that products see: float, or int8 as a model file keeps them
  std::string loss_scaling;        // on, off, or auto: on for fp16
  int64_t accumulate = 0;          // parts of a batch that go through the codec one after the other
  std::string codebooks;           // ema: averages of what chose them; learned: by gradient descent
  bool overfit_one_batch = false;  // every step sees the first batch
  // Several processes: 1 averages the gradients of every step; N lets each take N − 1 steps by
  // itself, then averages weights, moments and codebooks, and takes one together (local SGD,
  // Stich 2018).
  int64_t local_steps = 1;
  int64_t max_skipped = 0;  // more steps in a row that are not finite end the run

  bool ScalesLoss() const {
    return loss_scaling == "on" || (loss_scaling == "auto" && precision == "fp16");
  }
};

struct Configuration {
  nlohmann::json json;  // as resolved
  ModelConfig model;
  DataConfig data;
  LossConfig losses;
  AdversarialConfig adversarial;
  OptimizerConfig optimizer;
  LoopConfig training;
};

// Merges the files in order, then `key.path=value` settings (values are JSON; anything else is
// taken as text). The first file must be complete; the others and the settings may only name keys
// that it has. A part of the model that is null in the end is absent. Throws std::runtime_error
// that names file and key, and suggests the nearest known key.
Configuration LoadConfiguration(const std::vector<std::filesystem::path>& files,
                                const std::vector<std::string>& settings);
// The same from a resolved configuration, as in a checkpoint.
Configuration ParseConfiguration(const nlohmann::json& json);
// Adds to a resolved configuration the keys that came after it was written, with the values that
// mean what was done before there were such keys. So an old checkpoint goes on as it began.
void AddLaterKeys(nlohmann::json& json);
void ApplySettings(nlohmann::json& json, const std::vector<std::string>& settings);

// Settings that are schedules of several points, by key path: what they are at a step, for the log.
std::map<std::string, double> ScheduledValues(const Configuration& config, int64_t step);

}  // namespace motet::trainer
