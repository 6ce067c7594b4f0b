// Where on the axis of frequency a decoded signal differs: in thirds of an octave (the preferred
// frequencies of IEC 61260-1 from 100 Hz to 20 kHz, and one band for all below), from frames of
// 2048 samples (periodic Hann, normalized by its sum), hop 1024, all channels together:
//
// level   the energy of all frames against the original's, in dB, both floored at -100 dB of full
//         scale: a bias. Below 0 where the decoded signal is weaker. None where the original has
//         less than -60 dB of its strongest band.
// error   the mean over frames of the difference of the levels of a frame, |20 log10 a - 20 log10
// b|
//         in dB, floored at -100 dB of full scale: how far the spectrum is off at any moment.
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <optional>
#include <vector>

#include "metrics/spectrum.h"

namespace motet::metrics {

inline constexpr size_t kLevelBands = 25;
// Nominal centres in Hz; the first band is that of all below the next.
extern const std::array<double, kLevelBands> kLevelBandsHz;

struct BandDifferences {
  std::array<std::optional<double>, kLevelBands> level_db;
  std::array<std::optional<double>, kLevelBands> error_db;  // none if there was no frame

  // Mean of the absolute biases over the bands that have one.
  std::optional<double> bias_db() const;
};

class BandLevels {
 public:
  explicit BandLevels(size_t channels);

  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  BandDifferences Finish() const;

 private:
  using Powers = std::array<double, kLevelBands>;

  Powers PowersOf(const SpectrumFrames::Spectra& spectra) const;

  SpectrumFrames frames_;
  std::vector<size_t> band_of_bin_;  // kLevelBands where a bin counts for none
  Powers reference_{}, degraded_{}, errors_{};
  uint64_t taken_ = 0;
};

}  // namespace motet::metrics
