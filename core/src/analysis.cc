#include "analysis.h"

#include <cmath>
#include <cstring>
#include <numbers>

namespace motet::core {

void FillAnalysisBasis(size_t window, float* basis) {
  const double pi = std::numbers::pi;
  const double scale = 1 / std::sqrt(static_cast<double>(window) / 2);  // 1/16 for 512
  for (size_t row = 0; row < window; ++row) {
    const bool imaginary = row > window / 2;
    const size_t k = imaginary ? row - window / 2 : row;
    for (size_t n = 0; n < window; ++n) {
      const double angle =
          2 * pi * static_cast<double>(k * n % window) / static_cast<double>(window);
      const double taper = std::sin(pi * static_cast<double>(n) / static_cast<double>(window));
      const double wave = imaginary ? -std::sin(angle) : std::cos(angle);
      basis[row * window + n] = static_cast<float>(scale * taper * wave);
    }
  }
}

Analysis::Analysis(Builder& builder)
    : window_(builder.config().analysis.window),
      hop_(builder.config().analysis.hop),
      exponent_(static_cast<float>((builder.config().analysis.power - 1) / 2)),
      epsilon_(static_cast<float>(builder.config().analysis.epsilon)),
      transform_(builder, "(analysis)", window_, window_, kFine, /*rows_per_frame=*/2,
                 [this](float* basis) { FillAnalysisBasis(window_, basis); }) {
  builder.Register(this, kFine);
  const size_t frames = builder.max_frames(kFine);
  for (History& samples : samples_) {
    samples.Allocate(builder, window_ - hop_, frames * hop_, 1);
  }
  builder.Allocate(&windows_, frames * 2 * window_);
}

void Analysis::Step(size_t frames, const float* mid, const float* side, float* spectrum) {
  const float* signals[] = {samples_[0].Push(frames * hop_, mid),
                            samples_[1].Push(frames * hop_, side)};
  float* window = windows_.data();
  for (size_t t = 0; t < frames; ++t) {
    for (const float* signal : signals) {
      std::memcpy(window, signal + t * hop_, window_ * sizeof(float));
      window += window_;
    }
  }
  transform_.Step(2 * frames, windows_.data(), spectrum);
  kernels_.compand(spectrum, 2 * frames, window_ / 2 + 1, exponent_, epsilon_);
}

void Analysis::Reset() {
  for (History& samples : samples_) samples.Reset();
}

}  // namespace motet::core
