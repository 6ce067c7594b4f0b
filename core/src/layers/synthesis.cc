#include "layers/synthesis.h"

#include <cstring>

namespace motet::core {

Synthesis::Synthesis(Builder& builder)
    : window_(builder.config().analysis.window),
      hop_(builder.config().analysis.hop),
      max_log_(static_cast<float>(builder.config().synthesis.max_log_magnitude)),
      transform_(builder, FourierDirection::kInverse, /*rows_per_frame=*/2) {
  builder.Register(this, kFine);
  const size_t rows = 2 * builder.max_frames(kFine);
  builder.Allocate(&gains_, rows);
  builder.Allocate(&spectrum_, rows * window_);
  builder.Allocate(&pieces_, rows * window_);
  for (Buffer<float>& overlap : overlap_) builder.Allocate(&overlap, hop_);
}

void Synthesis::Step(size_t frames, const float* head, const float* gains, float* mid,
                     float* side) {
  for (size_t t = 0; t < frames; ++t) gains_[2 * t] = gains_[2 * t + 1] = gains[t];
  kernels_.polar(head, gains_.data(), spectrum_.data(), 2 * frames, window_ / 2 + 1, max_log_);
  transform_.Step(2 * frames, spectrum_.data(), pieces_.data());
  float* const outputs[] = {mid, side};
  for (size_t channel = 0; channel < 2; ++channel) {
    float* const late = overlap_[channel].data();
    for (size_t t = 0; t < frames; ++t) {
      const float* piece = pieces_.data() + (2 * t + channel) * window_;
      kernels_.add(late, piece, outputs[channel] + t * hop_, hop_);
      std::memcpy(late, piece + hop_, hop_ * sizeof(float));
    }
  }
}

void Synthesis::Reset() {
  for (Buffer<float>& overlap : overlap_) overlap.Clear();
}

}  // namespace motet::core
