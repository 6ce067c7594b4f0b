#include "layers/conditioning.h"

namespace motet::core {

Conditioning::Conditioning(Builder& builder)
    : coarse_(builder, "conditioning.coarse", builder.config().quantizer.latent,
              2 * builder.config().conditioning.hidden, kCoarse),
      mid_(builder, "conditioning.mid", builder.config().quantizer.latent,
           builder.config().conditioning.hidden, kMid),
      output_(builder, "conditioning.output", builder.config().conditioning.hidden,
              builder.config().conditioning.total(), kMid) {
  builder.Register(this, kMid);
  const size_t size = builder.max_frames(kMid) * mid_.out();
  builder.Allocate(&from_coarse_, size);
  builder.Allocate(&from_mid_, size);
}

void Conditioning::Step(size_t packets, const float* zq_coarse, const float* zq_mid, float* m) {
  const size_t frames = 2 * packets, size = frames * mid_.out();
  coarse_.Step(packets, zq_coarse, from_coarse_.data());  // a row is two mid frames
  mid_.Step(frames, zq_mid, from_mid_.data());
  kernels_.add(from_coarse_.data(), from_mid_.data(), from_mid_.data(), size);
  kernels_.gelu(from_mid_.data(), size);
  output_.Step(frames, from_mid_.data(), m);
  kernels_.sigmoid(m, frames * features());
}

Film::Film(Builder& builder, const std::string& name, size_t channels, Level rate)
    : channels_(channels),
      linear_(builder, name, builder.config().conditioning.total(), 2 * channels, rate) {
  builder.Register(this, rate);
  builder.Allocate(&gs_, builder.max_frames(rate) * 2 * channels);
}

void Film::Step(size_t frames, const float* m, float* h) {
  linear_.Step(frames, m, gs_.data());
  kernels_.film(h, gs_.data(), frames, channels_);
}

}  // namespace motet::core
