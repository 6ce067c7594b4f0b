// How high the spectrum goes, in bands of 500 Hz of long-term power (frames of 2048 samples, hop
// 1024, all channels together).
#pragma once

#include <array>
#include <cstddef>

#include "metrics/spectrum.h"

namespace motet::metrics {

class Bandwidth {
 public:
  explicit Bandwidth(size_t channels);

  void Push(const float* const* reference, const float* const* degraded, size_t samples);

  // Of the bands in which the reference lies at most 90 dB below its strongest band: the upper edge
  // of the highest one, and of the highest one where the degraded signal is at most 10 dB weaker
  // than the reference. In Hz; 0 if there is none.
  struct Edges {
    double reference_hz = 0, degraded_hz = 0;
  };
  Edges Finish() const;

 private:
  static constexpr size_t kBandHz = 500;
  static constexpr size_t kBands = kSampleRate / 2 / kBandHz;
  using Powers = std::array<double, kBands>;

  static void Add(const SpectrumFrames::Spectra& spectra, Powers& powers);

  SpectrumFrames frames_;
  Powers reference_{}, degraded_{};
};

}  // namespace motet::metrics
