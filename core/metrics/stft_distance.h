// The distance of spectra that descript-audio-codec reports: the sum over windows of 512 and 2048
// samples (periodic Hann, hop a quarter, reflected at the ends) of the mean of |log10 a^2 - log10
// b^2|, magnitudes floored at 1e-5, plus the mean of |a - b|; mean over channels.
#pragma once

#include <cstdint>
#include <vector>

#include "metrics/spectrum.h"

namespace motet::metrics {

class StftDistance {
 public:
  explicit StftDistance(size_t channels);

  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  // Ends the signals, which had at least one sample.
  double Finish();

 private:
  struct Scale {  // one window
    ReflectedFrames frames;
    double sum = 0;
    uint64_t taken = 0;  // values that were compared

    void Add(std::span<const double> reference, std::span<const double> degraded);
  };
  std::vector<Scale> scales_;
};

}  // namespace motet::metrics
