// The whole codec: encoder, quantizers, conditioning and decoder in one module.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "model/conditioning.h"
#include "model/config.h"
#include "model/decoder_network.h"
#include "model/encoder_network.h"
#include "model/quantizer.h"

namespace motet::trainer {

struct CodecOutput {
  torch::Tensor audio;                      // [B, 2, 1024·P], delayed by ModelConfig::delay()
  torch::Tensor features;                   // [B, 2P, 17] predicted music features
  torch::Tensor commitment, decorrelation;  // scalars, means over the quantizers
  torch::Tensor codebook;                   // the same, of learned codebooks
  std::array<std::vector<torch::Tensor>, kLevels>
      codes;  // [B, frames] int64 per quantizer, all of them
};

class CodecImpl : public torch::nn::Module {
 public:
  explicit CodecImpl(const ModelConfig& config);

  // x [B, 2, 1024·P]; quality [B] int64, 1…12: how many codebooks of the ladder each item's decoder
  // is given.
  CodecOutput forward(const torch::Tensor& x, const torch::Tensor& quality);
  // x [B, 2, 1024·P] -> packets [B, P, bytes of the highest quality] uint8, as in a file.
  torch::Tensor Encode(const torch::Tensor& x);
  // packets [B, P, bytes of a quality] -> audio [B, 2, 1024·P] from the bytes alone.
  torch::Tensor Decode(const torch::Tensor& packets);

  const ModelConfig& config() const { return config_; }
  void FreezeNorm(bool frozen);
  // From here on encoder and codebooks stay as they are, in training, too: codes are those of
  // evaluation, and only what turns them into sound learns.
  void FreezeEncoder();
  void train(bool on = true) override;
  // Learns the entries of all codebooks by gradient descent; returns them by name.
  std::vector<std::pair<std::string, torch::Tensor>> LearnCodebooks();

 private:
  torch::Tensor Synthesise(const std::array<torch::Tensor, kLevels>& zq, torch::Tensor* features);

  ModelConfig config_;
  bool encoder_frozen_ = false;
  EncoderNetwork encoder_;
  std::array<Quantizer, kLevels> quantizers_{nullptr, nullptr, nullptr};
  Conditioning conditioning_;
  DecoderNetwork decoder_;
};
TORCH_MODULE(Codec);

}  // namespace motet::trainer
