// The mel distance that descript-audio-codec trains and reports: the sum over windows of 32, 64 ...
// 2048 samples (periodic Hann, hop a quarter, reflected at the ends) with 5, 10 ... 320 Slaney mel
// bands of the mean of |log10 a - log10 b|, magnitudes floored at 1e-5; mean over channels.
#pragma once

#include <cstdint>
#include <vector>

#include "metrics/mel_bands.h"
#include "metrics/spectrum.h"

namespace motet::metrics {

class MelDistance {
 public:
  explicit MelDistance(size_t channels);

  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  // Ends the signals, which had at least one sample.
  double Finish();

 private:
  struct Scale {  // one window
    ReflectedFrames frames;
    std::vector<MelBand> bands;
    double sum = 0;
    uint64_t taken = 0;  // frames, times channels

    void Add(std::span<const double> reference, std::span<const double> degraded);
  };
  std::vector<Scale> scales_;
};

}  // namespace motet::metrics
