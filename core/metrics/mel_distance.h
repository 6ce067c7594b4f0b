// The two mel distances of descript-audio-codec (Kumar et al.: "High-fidelity audio compression
// with improved RVQGAN", 2023), over windows with a periodic Hann shape, hop a quarter, reflected
// at the ends; a and b are magnitudes in Slaney mel bands; mean over channels:
//
// training     what is trained and reported: the sum over windows of 32, 64 ... 2048 samples with
// 5,
//              10 ... 320 bands of the mean of |log10 a - log10 b|.
// evaluation   what the evaluation script reports, which leaves the loss at its defaults: the sum
// over
//              windows of 2048 and 512 samples with 150 and 80 bands of the mean of |log10 a^2 -
//              log10 b^2|, plus the mean of |a - b|.
//
// Magnitudes are floored at 1e-5 before the logarithm.
#pragma once

#include <cstdint>
#include <vector>

#include "metrics/mel_bands.h"
#include "metrics/spectrum.h"

namespace motet::metrics {

class MelDistance {
 public:
  static MelDistance Training(size_t channels);
  static MelDistance Evaluation(size_t channels);

  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  // Ends the signals, which had at least one sample.
  double Finish();

 private:
  struct Weights {  // of the two differences
    double logarithmic, linear;
  };
  struct Scale {  // one window
    ReflectedFrames frames;
    std::vector<MelBand> bands;
    double sum = 0;
    uint64_t taken = 0;  // frames, times channels

    void Add(std::span<const double> reference, std::span<const double> degraded, Weights weights);
  };

  explicit MelDistance(Weights weights) : weights_(weights) {}
  void AddScale(size_t window, size_t bands, size_t channels);

  Weights weights_;
  std::vector<Scale> scales_;
};

}  // namespace motet::metrics
