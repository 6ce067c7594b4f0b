// Measures a codec on fixed clips of the validation set, which it is never trained on.
#pragma once

#include <torch/torch.h>

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "data/music_dataset.h"
#include "losses/spectrum.h"
#include "model/codec.h"

namespace motet::trainer {

// How many decoded clips a result keeps.
inline constexpr int64_t kKeptClips = 3;

struct ValidationResult {
  // By quality: mel distance (sum of seven scales, left and right), STFT distance (logarithmic plus
  // linear, mean of four windows) and scale-invariant signal-to-distortion ratio in dB.
  std::map<int64_t, double> mel, stft, si_sdr;
  // By quantizer: perplexity of the codes, 1…256, and the entropy of their histogram in bits, at
  // most 8: what an entropy coder without context would spend on a code.
  std::vector<double> perplexity, bits;
  // The first clips as decoded at the default quality, [2, samples] each: to be listened to
  // and looked at; not in ToJson().
  std::vector<torch::Tensor> decoded;

  nlohmann::json ToJson() const;
};

// `clips` excerpts of `seconds`, spread evenly over the tracks of a split: [clips, 2, samples].
torch::Tensor ValidationClips(const data::MusicDataset& dataset, int64_t clips, int64_t samples);

// Codes and decodes every clip at each of the qualities, with the module in evaluation mode, from
// bytes alone.
ValidationResult Validate(Codec& codec, const torch::Tensor& clips,
                          const std::vector<int64_t>& qualities, const MelDistance& mel);

// Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019) of y against x, means
// removed.
double SiSdr(const torch::Tensor& x, const torch::Tensor& y);

}  // namespace motet::trainer
