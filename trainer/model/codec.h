// The whole codec: encoder, quantizers, conditioning and decoder in one module.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "model/bands.h"
#include "model/conditioning.h"
#include "model/config.h"
#include "model/decoder_network.h"
#include "model/encoder_network.h"
#include "model/quantizer.h"
#include "model/tones.h"

namespace motet::trainer {

struct CodecOutput {
  torch::Tensor audio;                       // [B, 2, 1024·P], delayed by ModelConfig::delay()
  torch::Tensor features;                    // [B, 2P, 17] predicted music features
  QuantizerLosses quantizer;                 // means over all codebooks
  std::array<torch::Tensor, kLevels> codes;  // [quantizers, B, frames] int64, all of them
};

class CodecImpl : public torch::nn::Module {
 public:
  explicit CodecImpl(const ModelConfig& config);

  // x [B, 2, 1024·P] left/right in −1…1; quality [B] int64, 1…12: how many steps of the ladder
  // each item's decoder is given (quantizer dropout).
  CodecOutput forward(const torch::Tensor& x, const torch::Tensor& quality);
  // x [B, 2, 1024·P] -> packets [B, P, bytes of the highest quality] uint8, as in a file.
  torch::Tensor Encode(const torch::Tensor& x);
  // packets [B, P, bytes of a quality] uint8 -> audio [B, 2, 1024·P] from these alone. Throws
  // std::runtime_error if no quality has packets of so many bytes.
  torch::Tensor Decode(const torch::Tensor& packets);

  const ModelConfig& config() const { return config_; }
  // In training: the codebooks normalise by running statistics instead of the batch's, as in
  // evaluation.
  void FreezeNorm(bool frozen);
  // From here on encoder and codebooks stay as they are, also in training: codes are those of
  // evaluation, and only conditioning and decoder are trained.
  void FreezeEncoder();
  void train(bool on = true) override;
  // From here on the entries of all codebooks are learned by gradient descent. Returns them,
  // [entries, dim] each, by the names of their tensors.
  std::vector<std::pair<std::string, torch::Tensor>> LearnCodebooks();

 private:
  torch::Tensor Synthesise(const std::array<torch::Tensor, kLevels>& zq, const Beside& beside,
                           torch::Tensor* features);

  ModelConfig config_;
  bool encoder_frozen_ = false;
  EncoderNetwork encoder_;
  std::array<Quantizer, kLevels> quantizers_{nullptr, nullptr, nullptr};
  std::array<torch::Tensor, kLevels> first_qualities_;
  Conditioning conditioning_;
  DecoderNetwork decoder_;
  Tones tones_{nullptr};  // of a model with tones
  Bands bands_{nullptr};  // of a model with levels of bands
};
TORCH_MODULE(Codec);

}  // namespace motet::trainer
