#include "layers/analysis.h"

#include <cstring>

namespace motet::core {

Analysis::Analysis(Builder& builder)
    : window_(builder.config().analysis.window),
      hop_(builder.config().analysis.hop),
      exponent_(static_cast<float>((builder.config().analysis.power - 1) / 2)),
      epsilon_(static_cast<float>(builder.config().analysis.epsilon)),
      transform_(builder, FourierDirection::kForward, /*rows_per_frame=*/2) {
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
}

void Analysis::Compand(size_t frames, float* spectrum) const {
  kernels_.compand(spectrum, 2 * frames, window_ / 2 + 1, exponent_, epsilon_);
}

void Analysis::Reset() {
  for (History& samples : samples_) samples.Reset();
}

}  // namespace motet::core
