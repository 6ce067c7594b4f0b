// Waveform to codes, top-down: coarse first, then mid given coarse, then fine given both.
#pragma once

#include <array>

#include "model/analysis.h"
#include "model/block.h"
#include "model/config.h"
#include "model/delay.h"
#include "model/feature_branch.h"
#include "model/quantizer.h"

namespace motet::trainer {

// The latent of one level: Linear, GELU, Linear; v [B, T, in] -> z [B, T, out].
class LatentImpl : public torch::nn::Module {
 public:
  LatentImpl(int64_t in, int64_t hidden, int64_t out);
  torch::Tensor forward(const torch::Tensor& v);

 private:
  Linear hidden_, output_;
};
TORCH_MODULE(Latent);

// The encoder's part of one level.
class EncoderLevelImpl : public torch::nn::Module {
 public:
  EncoderLevelImpl(Level level, const ModelConfig& config);
  // h of the finer level [B, 2T, its width], or at the fine level the embedded analysis [B, T,
  // width] -> h [B, T, width].
  torch::Tensor BottomUp(const torch::Tensor& below);
  // h [B, T, width] and the context [B, T, D] from the coarser level (undefined at the coarse
  // level)
  // -> z [B, T, D].
  torch::Tensor TopDown(const torch::Tensor& h, const torch::Tensor& context);
  // Quantized latent of the coarser level [B, T/2, D] -> context [B, T, D] at this level's rate.
  torch::Tensor Context(const torch::Tensor& q) { return context_(q); }

 private:
  Down down_{nullptr};  // not at the fine level
  torch::nn::Sequential blocks_;
  FeatureBranch features_;
  Up context_{nullptr};  // not at the coarse level
  Latent latent_;
};
TORCH_MODULE(EncoderLevel);

class EncoderNetworkImpl : public torch::nn::Module {
 public:
  explicit EncoderNetworkImpl(const ModelConfig& config);
  // x [B, 2, 1024·P], the quantizers of the levels and which codes are given (Quantizer) -> what
  // they did.
  std::array<Quantized, kLevels> forward(const torch::Tensor& x,
                                         std::array<Quantizer, kLevels>& quantizers,
                                         const std::array<torch::Tensor, kLevels>& given);

 private:
  ModelConfig config_;
  Analysis analysis_;
  Linear embed_;
  std::array<EncoderLevel, kLevels> levels_{nullptr, nullptr, nullptr};
};
TORCH_MODULE(EncoderNetwork);

}  // namespace motet::trainer
