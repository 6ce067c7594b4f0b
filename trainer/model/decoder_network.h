// Quantized latents to waveform: coarse to fine, modulated by the music features.
#pragma once

#include <array>

#include "model/bands.h"
#include "model/block.h"
#include "model/conditioning.h"
#include "model/config.h"
#include "model/delay.h"
#include "model/synthesis.h"
#include "model/tones.h"

namespace motet::trainer {

class DecoderLevelImpl : public torch::nn::Module {
 public:
  DecoderLevelImpl(Level level, const ModelConfig& config);
  // `above`: the coarser level [B, T/2, its width] (undefined at the coarse level), zq [B, T, D], m
  // [B, T, 17]; `beside` [B, T, width] is added before the blocks, if it is defined -> [B, T,
  // width].
  torch::Tensor forward(const torch::Tensor& above, const torch::Tensor& zq, const torch::Tensor& m,
                        const torch::Tensor& beside);

 private:
  Linear input_;
  Up up_{nullptr};      // not at the coarse level
  Film film_{nullptr};  // not at the coarse level
  torch::nn::Sequential blocks_;
};
TORCH_MODULE(DecoderLevel);

// What packets carry beside their codes: undefined in models without it.
struct Beside {
  torch::Tensor tones;   // [B, P, lines], as of Tones
  torch::Tensor levels;  // [B, P, bands], as of Bands
};

class DecoderNetworkImpl : public torch::nn::Module {
 public:
  explicit DecoderNetworkImpl(const ModelConfig& config);
  // zq per level [B, frames, D], m [B, 2P, 17] -> [B, 2, 1024·P] left/right. `tones` and
  // `bands` are the codec's, of a model that has them.
  torch::Tensor forward(const std::array<torch::Tensor, kLevels>& zq, const torch::Tensor& m,
                        const Beside& beside, Tones& tones, Bands& bands);

 private:
  ModelConfig config_;
  std::array<DecoderLevel, kLevels> levels_{nullptr, nullptr, nullptr};
  Linear tones_{nullptr};  // of a model with tones
  Linear bands_{nullptr};  // of a model with levels of bands
  Linear head_;
  Synthesis synthesis_;
};
TORCH_MODULE(DecoderNetwork);

}  // namespace motet::trainer
