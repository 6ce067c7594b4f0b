// The residual quantizers of a level: latents to codes in the encoder, codes to latents everywhere.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arithmetic/kernels.h"
#include "layers/linear.h"

namespace motet::core {

// What a code of one quantizer stands for: the rows output(codebook[code]) of D values, computed
// once when the model is loaded.
Result<const float*> CodeVectors(Weights& weights, const ModelConfig& config, Level level,
                                 size_t index);

class Quantizer : public Layer {
 public:
  // The first `count` quantizers of a level: tensors quantizer.<level>.<i>.*.
  Quantizer(Builder& builder, Level level, size_t count);

  // Takes latents z [frames, D] and leaves in them the residual of the last quantizer. Codes of
  // quantizer i go to codes(i). `known`, if not null, gets the sum of the first `context` outputs.
  void Step(size_t frames, float* z, float* known);

  size_t count() const { return stages_.size(); }
  const uint8_t* codes(size_t i) const { return stages_[i]->codes.data(); }
  double multiply_adds() const override;

 private:
  struct Stage {
    Stage(Builder& builder, Level level, size_t index);
    Linear input;
    const float* codebook = nullptr;  // transposed: dim rows of 256
    const float* vectors = nullptr;
    Buffer<uint8_t> codes;
  };

  const Kernels& kernels_ = BestKernels();
  const size_t latent_;
  const size_t dim_;
  const size_t entries_;
  const size_t context_;
  std::vector<std::unique_ptr<Stage>> stages_;
  Buffer<float> projected_;
};

class Dequantizer {
 public:
  // For the packets of a quality, and the codes of one level in them.
  Dequantizer(Builder& builder, Level level, int quality);

  // Reads `packets` packets of `packet_bytes` and writes the latents [frames, D]: the sum of the
  // outputs of the quantizers that are in the packet.
  void Step(size_t packets, const uint8_t* bytes, float* z) const;

 private:
  // A quantizer that the packet has codes of.
  struct Source {
    const float* vectors;
    std::array<std::optional<size_t>, kFramesPerPacket[kFine]> offsets;  // by frame: of the code
  };
  const size_t latent_;
  const size_t frames_per_packet_;
  const size_t packet_bytes_;
  std::vector<Source> sources_;
};

}  // namespace motet::core
