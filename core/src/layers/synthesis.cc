#include "layers/synthesis.h"

#include <algorithm>
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
  builder.Allocate(&ones_, rows);
  builder.Allocate(&spectrum_, rows * window_);
  builder.Allocate(&pieces_, rows * window_);
  for (Buffer<float>& overlap : overlap_) builder.Allocate(&overlap, hop_);
  if (builder.status().ok()) std::fill_n(ones_.data(), rows, 1.0f);
}

void Synthesis::Step(size_t frames, const float* head, const float* gains, const float* tones,
                     const BandGains* bands, float* mid, float* side) {
  for (size_t t = 0; t < frames; ++t) gains_[2 * t] = gains_[2 * t + 1] = gains[t];
  // Levels hold for what is heard where nothing is lost: gains come after them.
  const float* const polar_gains = bands == nullptr ? gains_.data() : ones_.data();
  kernels_.polar(head, polar_gains, spectrum_.data(), 2 * frames, window_ / 2 + 1, max_log_);
  if (bands != nullptr) {
    if (tones != nullptr)
      kernels_.add(spectrum_.data(), tones, spectrum_.data(), 2 * frames * window_);
    bands->Apply(frames / 4, spectrum_.data(), 2 * window_);
    ApplyGains(2 * frames);
  }
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

void Synthesis::ApplyGains(size_t rows) {
  for (size_t row = 0; row < rows; ++row) {
    if (gains_[row] == 1) continue;
    float* const values = spectrum_.data() + row * window_;
    for (size_t i = 0; i < window_; ++i) values[i] *= gains_[row];
  }
}

void Synthesis::Reset() {
  for (Buffer<float>& overlap : overlap_) overlap.Clear();
}

}  // namespace motet::core
