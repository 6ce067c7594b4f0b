#include "layers/quantizer.h"

#include <algorithm>
#include <cstring>

namespace motet::core {
namespace {

std::string QuantizerName(Level level, size_t index) {
  return std::string("quantizer.") + kLevelNames[level] + "." + std::to_string(index);
}

void Add(float* sum, const float* x, size_t count) {
  for (size_t i = 0; i < count; ++i) sum[i] += x[i];
}

}  // namespace

Result<const float*> CodeVectors(Weights& weights, const ModelConfig& config, Level level,
                                 size_t index) {
  const std::string name = QuantizerName(level, index);
  const size_t entries = config.quantizer.entries, dim = config.quantizer.dim;
  const size_t latent = config.quantizer.latent;
  const size_t codebook_shape[] = {entries, dim}, output_shape[] = {latent, dim};
  Result<const float*> codebook = weights.Values(name + ".codebook", codebook_shape);
  if (!codebook.ok()) return codebook;
  Result<const float*> output = weights.Values(name + ".output.weight", output_shape);
  if (!output.ok()) return output;
  return weights.ComputedValues(name + " (vectors)", entries * latent, [&](float* vectors) {
    for (size_t j = 0; j < entries; ++j) {
      for (size_t d = 0; d < latent; ++d) {
        double sum = 0;
        for (size_t k = 0; k < dim; ++k) {
          sum += static_cast<double>((*codebook)[j * dim + k]) * (*output)[d * dim + k];
        }
        vectors[j * latent + d] = static_cast<float>(sum);
      }
    }
  });
}

Quantizer::Stage::Stage(Builder& builder, Level level, size_t index)
    : input(builder, QuantizerName(level, index) + ".input", builder.config().quantizer.latent,
            builder.config().quantizer.dim, level) {
  const std::string name = QuantizerName(level, index);
  const size_t entries = builder.config().quantizer.entries, dim = builder.config().quantizer.dim;
  vectors = builder.Take(CodeVectors(builder.weights(), builder.config(), level, index));
  codebook = builder.Take(builder.weights().Transposed(name + ".codebook", entries, dim));
  builder.Allocate(&codes, builder.max_frames(level));
}

Quantizer::Quantizer(Builder& builder, Level level, size_t count)
    : latent_(builder.config().quantizer.latent),
      dim_(builder.config().quantizer.dim),
      entries_(builder.config().quantizer.entries),
      context_(builder.config().quantizer.context) {
  builder.Register(this, level);
  for (size_t i = 0; i < count; ++i) stages_.push_back(std::make_unique<Stage>(builder, level, i));
  builder.Allocate(&projected_, builder.max_frames(level) * dim_);
}

void Quantizer::Step(size_t frames, float* z, float* known) {
  if (known != nullptr) std::memset(known, 0, frames * latent_ * sizeof(float));
  for (size_t i = 0; i < stages_.size(); ++i) {
    Stage& stage = *stages_[i];
    stage.input.Step(frames, z, projected_.data());
    kernels_.nearest(projected_.data(), stage.codebook, frames, dim_, stage.codes.data());
    for (size_t t = 0; t < frames; ++t) {
      const float* output = stage.vectors + stage.codes[t] * latent_;
      float* rest = z + t * latent_;
      kernels_.subtract(rest, output, rest, latent_);
      if (known != nullptr && i < context_) Add(known + t * latent_, output, latent_);
    }
  }
}

double Quantizer::multiply_adds() const {
  // One square per entry and dimension; outputs are looked up.
  return static_cast<double>(stages_.size() * entries_ * dim_);
}

Dequantizer::Dequantizer(Builder& builder, Level level, int quality)
    : latent_(builder.config().quantizer.latent),
      frames_per_packet_(kFramesPerPacket[level]),
      packet_bytes_(builder.config().packet_bytes(quality)) {
  for (const LadderQuantizer& each : builder.config().quantizers()) {
    if (each.level != level || each.first_quality() > quality) continue;
    Source& source = sources_.emplace_back();
    source.vectors =
        builder.Take(CodeVectors(builder.weights(), builder.config(), level, each.quantizer));
    for (size_t t = 0; t < frames_per_packet_; ++t) {
      const auto& [from, offset] = each.places[t];
      if (from <= quality) source.offsets[t] = static_cast<size_t>(offset);
    }
  }
}

void Dequantizer::Step(size_t packets, const uint8_t* bytes, float* z) const {
  std::memset(z, 0, packets * frames_per_packet_ * latent_ * sizeof(float));
  for (size_t p = 0; p < packets; ++p, bytes += packet_bytes_) {
    for (size_t t = 0; t < frames_per_packet_; ++t, z += latent_) {
      for (const Source& source : sources_) {
        if (source.offsets[t])
          Add(z, source.vectors + bytes[*source.offsets[t]] * latent_, latent_);
      }
    }
  }
}

}  // namespace motet::core
