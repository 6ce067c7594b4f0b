// The training loss: named terms, each with a weight of the same name in the configuration and the
// log.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "losses/spectrum.h"
#include "model/codec.h"
#include "training/schedule.h"

namespace motet::trainer {

// The terms, in the order of the table in docs/TRAINING.md. These names are keys of `losses` in the
// configuration and tags in the log.
const std::vector<std::string>& LossNames();

using LossTerms = std::map<std::string, torch::Tensor>;  // name -> unweighted scalar
using LossWeights = std::map<std::string, double>;       // name -> weight at one step

// The object `losses` of the configuration.
struct LossConfig {
  std::map<std::string, Schedule> weights;  // every one of LossNames()
  // How many of the seven mel scales and of the four STFT windows are drawn in a step. A mel sum is
  // scaled up accordingly; STFT terms are means.
  int64_t mel_scales = 0, stft_scales = 0;
  // Share of the steps that compare mid and side instead of left and right; or all four in each.
  double mid_side_share = 0;
  bool all_channels = false;
  bool perceptual_weighting = false;  // A-weighting of the bins of the STFT terms
  // Weights are shares of the gradient at the decoded signal (losses/balancer.h).
  bool balancer = false;
  double balancer_decay = 0;

  LossWeights WeightsAt(int64_t step) const;  // of every term
};
// Of a run of `steps` steps. Throws std::runtime_error that names the first key that is missing,
// unknown or out of range.
LossConfig ParseLossConfig(const nlohmann::json& json, int64_t steps);

// What one step compares, drawn at random.
struct LossChoices {
  bool mid_side = false;                         // instead of left and right
  std::vector<size_t> mel_scales, stft_windows;  // indices into MelScales() and StftWindows()
};

// A term of weight 0 is not computed, and terms that need the same transform share it.
class CodecLoss {
 public:
  CodecLoss(const LossConfig& config, const ModelConfig& model);
  LossChoices Choose(const LossWeights& weights, std::mt19937_64& random) const;
  // Terms on the sound: original and decoded [B, 2, n] left/right, aligned in time.
  LossTerms SignalTerms(const torch::Tensor& original, const torch::Tensor& decoded,
                        const LossWeights& weights, const LossChoices& choices) const;
  // Terms on the codes and on the music features that are predicted from them; x [B, 2, 1024·P] is
  // the codec's input, left/right, in −1…1.
  LossTerms CodeTerms(const torch::Tensor& x, const CodecOutput& output,
                      const LossWeights& weights) const;
  void To(torch::Device device);  // moves the filters; signals must be on the same device
  const MelDistance& mel() const { return mel_; }

 private:
  LossConfig config_;
  ModelConfig model_;
  MelDistance mel_;
  CepstralDistance cepstrum_;
};

// Σ weight · term; undefined for no terms.
torch::Tensor WeightedSum(const LossTerms& terms, const LossWeights& weights);
// With weights that are scalars on the device.
torch::Tensor WeightedSum(const LossTerms& terms, const LossTerms& weights);

}  // namespace motet::trainer
