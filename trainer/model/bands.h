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
  // spectrum [B, 4·P, 512]: rows of mid, as of Analysis before companding; levels -> [B, 4·P, 512],
  // by what to multiply them.
  torch::Tensor Gains(const torch::Tensor& spectrum, const torch::Tensor& levels) const;

 private:
  BandsConfig config_;
  int64_t packet_, window_, hop_, delay_;
  torch::Tensor parts_;   // [window, bands]: 1 where a real or imaginary part belongs to the band
  torch::Tensor wanted_;  // [levels], half the logarithms of the energies in a packet
};
TORCH_MODULE(Bands);

}  // namespace motet::trainer
