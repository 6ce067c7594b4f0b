// Levels of bands: how loud bands of mid are in each packet, to which the decoder brings its sound
// (docs/ARCHITECTURE.md, "Levels of bands").
#pragma once

#include "model/config.h"

namespace motet::trainer {

// `levels` below are int64 [B, P, bands], 0…31; 0 says nothing.
class BandsImpl : public torch::nn::Module {
 public:
  explicit BandsImpl(const ModelConfig& config);
  // x [B, 2, 1024·P] left/right -> the levels of their mid.
  torch::Tensor Measure(const torch::Tensor& x) const;
  // levels -> [B, P, bands] for a network: 0 … about 4.
  static torch::Tensor Rows(const torch::Tensor& levels);
  // y [B, 4·P, 1028]: what the decoder's head says; levels; tones: the power of the tones of each
  // packet, [B, P, lines] as of Tones::Powers, or undefined -> [B, 4·P, 257], by what to multiply
  // the magnitudes of mid.
  torch::Tensor Gains(const torch::Tensor& y, const torch::Tensor& levels,
                      const torch::Tensor& tones) const;

 private:
  BandsConfig config_;
  int64_t packet_, window_, hop_, delay_;
  double max_log_magnitude_;
  torch::Tensor basis_;   // [window]
  torch::Tensor member_;  // [bins, bands]: 1 where the bin belongs to the band
  torch::Tensor shares_;  // [lines, bands]: of a tone's power
};
TORCH_MODULE(Bands);

}  // namespace motet::trainer
