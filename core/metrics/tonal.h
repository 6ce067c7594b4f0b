// Whether the tones of music are there, by bands of frequency, in two respects:
//
// coherence   squared coherence of both spectra, companded by the power 0.4:
//             |sum X Y*|^2 / (sum |X|^2 sum |Y|^2), X <- X (|X| + 1e-7)^-0.6. 1 if the waveform is
//             there (up to a constant factor), near 0 if phases have nothing to do with each other.
// fine        correlation of the fine structure of both log spectra, which is 20 log10(|X| + 1e-5)
//             minus its mean over 15 bins around (reflected at 0 Hz): sum D E / sqrt(sum D^2 sum
//             E^2). 1 if the partials are in their places, whatever their phases; about 0 for
//             noise.
//
// Of the mid channel, (left + right) / 2, in frames of 2048 samples (periodic Hann, normalized by
// its sum), hop 512, centred on samples 0, 512 ..., with zeros around the signals. Sums run over
// the bins of a band and all frames.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <optional>
#include <vector>

#include "metrics/spectrum.h"

namespace motet::metrics {

inline constexpr size_t kTonalBands = 5;
inline constexpr std::array<double, kTonalBands + 1> kTonalEdgesHz = {90,   430,  860,
                                                                      1550, 3000, 6000};
using TonalRow = std::array<std::optional<double>, kTonalBands>;

// What was summed over a pair of signals. Sums of several pairs may be added: the results are then
// those of all the music together.
struct TonalSums {
  struct Band {
    std::complex<double> cross;
    double reference = 0, degraded = 0;
    double fine_cross = 0, fine_reference = 0, fine_degraded = 0;
  };
  std::array<Band, kTonalBands> bands{};

  TonalSums& operator+=(const TonalSums& other);

  // None in a band where one of the two is silent.
  TonalRow coherence() const;  // 0...1
  TonalRow fine() const;       // -1...1
};

class Tonal {
 public:
  explicit Tonal(size_t channels);  // 1 or 2

  // The next `samples` of both, planar, at kSampleRate.
  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  TonalSums Finish();

 private:
  struct Frame {                                  // of one signal
    std::vector<std::complex<double>> companded;  // [bin]
    std::vector<double> decibels;
    std::vector<double> fine;
  };

  void PushMid(const std::vector<float>& reference, const std::vector<float>& degraded);
  static void Look(const std::vector<std::complex<double>>& spectrum, Frame& frame);
  void Add();

  size_t channels_;
  SpectrumFrames frames_;
  size_t samples_ = 0;
  std::vector<float> reference_mid_, degraded_mid_;
  Frame reference_, degraded_;
  TonalSums sums_;
};

}  // namespace motet::metrics
