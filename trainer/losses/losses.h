// The training loss: named terms, each with a weight of the same name in the configuration and the
// log.
#pragma once

#include <map>
#include <random>
#include <string>

#include "losses/spectrum.h"
#include "model/codec.h"

namespace motet::trainer {

// Weights of the terms; a term of weight 0 is not computed. Keys of `losses` in the configuration.
struct LossConfig {
  double mel = 0;          // mel distance, sum over the seven scales
  double stft_log = 0;     // mean |log10| difference of STFT bins
  double stft_linear = 0;  // mean |difference| of STFT bins over the mean magnitude of the original
  double waveform = 0;     // mean |y − x| over mean |x|
  double commitment = 0;   // distance of what is quantized from the entries that it chose
  double decorrelation = 0;  // correlation between the dimensions of a codebook
  double features = 0;       // music features predicted from the codes, mean squared error
  int64_t mel_scales =
      0;  // how many of the seven scales are drawn in a step (the sum is scaled up accordingly)
  int64_t stft_scales = 0;  // how many of the STFT windows 2048, 1024, 512, 256 are drawn
};
LossConfig ParseLossConfig(const nlohmann::json& json);

using LossTerms = std::map<std::string, torch::Tensor>;  // name -> unweighted scalar

class CodecLoss {
 public:
  CodecLoss(const LossConfig& config, const ModelConfig& model);
  // x [B, 2, n] and what the codec made of it. Draws scales and the channel pair (left/right or
  // mid/side) from `random`.
  LossTerms Terms(const torch::Tensor& x, const CodecOutput& output, std::mt19937_64& random) const;
  // Σ weight · term.
  torch::Tensor Total(const LossTerms& terms) const;
  void To(torch::Device device) { mel_.To(device); }
  const MelDistance& mel() const { return mel_; }

 private:
  LossConfig config_;
  ModelConfig model_;
  std::map<std::string, double> weights_;
  MelDistance mel_;
};

}  // namespace motet::trainer
