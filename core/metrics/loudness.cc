#include "metrics/loudness.h"

#include <ebur128.h>

#include <cmath>

#include "metrics/spectrum.h"

namespace motet::metrics {

struct Loudness::Meter {
  explicit Meter(size_t channels)
      : state(ebur128_init(static_cast<unsigned>(channels), kSampleRate,
                           EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM)) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;
  ~Meter() {
    if (state != nullptr) ebur128_destroy(&state);
  }

  std::optional<double> Integrated() const {
    double lufs = 0;
    if (state == nullptr || ebur128_loudness_global(state, &lufs) != EBUR128_SUCCESS ||
        !std::isfinite(lufs))
      return std::nullopt;
    return lufs;
  }

  ebur128_state* state;  // null where there was no memory
};

std::optional<double> LoudnessPair::difference() const {
  if (!reference || !degraded) return std::nullopt;
  return *degraded - *reference;
}

Loudness::Loudness(size_t channels)
    : channels_(channels),
      reference_(std::make_unique<Meter>(channels)),
      degraded_(std::make_unique<Meter>(channels)) {}
Loudness::Loudness(Loudness&&) noexcept = default;
Loudness::~Loudness() = default;

void Loudness::Push(const float* const* reference, const float* const* degraded, size_t samples) {
  const auto add = [&](const float* const* signal, const Meter& meter) {
    if (meter.state == nullptr) return;
    interleaved_.resize(samples * channels_);
    for (size_t channel = 0; channel < channels_; ++channel) {
      for (size_t i = 0; i < samples; ++i)
        interleaved_[i * channels_ + channel] = signal[channel][i];
    }
    ebur128_add_frames_float(meter.state, interleaved_.data(), samples);
  };
  add(reference, *reference_);
  add(degraded, *degraded_);
}

LoudnessPair Loudness::Finish() const {
  return {reference_->Integrated(), degraded_->Integrated()};
}

}  // namespace motet::metrics
