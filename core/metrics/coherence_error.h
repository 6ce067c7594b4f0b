// How much of the stereo image is lost: the error of the inter-channel coherence (Faller and
// Baumgarte: "Binaural cue coding", 2003). The mean over time and 40 Slaney mel bands of |c_a -
// c_b|, 0...1, where c is the coherence of left and right, |sum L R*| / sqrt(sum |L|^2 sum |R|^2)
// over 16 frames of 2048 samples, hop 1024. Bands in which a channel of the reference is below
// -100 dB of full scale do not count.
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <vector>

#include "metrics/mel_bands.h"
#include "metrics/spectrum.h"

namespace motet::metrics {

class CoherenceError {
 public:
  CoherenceError();

  // Two channels.
  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  double Finish();  // 0 if no band counts

 private:
  static constexpr size_t kBands = 40;

  struct Sums {
    double left = 0, right = 0;
    std::complex<double> cross;
    double coherence() const;
  };
  using BandSums = std::array<Sums, kBands>;

  void Add(const SpectrumFrames::Spectra& spectra, BandSums& all) const;
  void EndBlock();

  SpectrumFrames frames_;
  std::vector<MelBand> bands_;
  BandSums reference_{}, degraded_{};  // of this block
  size_t block_frames_ = 0;
  double error_sum_ = 0;
  uint64_t compared_ = 0;
};

}  // namespace motet::metrics
