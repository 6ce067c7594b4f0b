// What becomes of attacks, by the onsets (onsets.h) of both signals:
//
// f-score    of the decoded signal's onsets against the original's, 0...1: 2 P R / (P + R). Two are
//            the same if they are at most 50 ms apart, each used once, as MIREX and mir_eval count.
// before     the energy that is smeared ahead of an attack (pre-echo): of each signal the energy of
//            the 20 ms before an onset of the original against that of the 20 ms after it, in dB,
//            floored at -60 dB, and 0 where nothing comes after; decoded minus original, mean over
//            the onsets. 0 where nothing is smeared.
// error      by time from an onset: mean over the 40 bands of |20 log10 a - 20 log10 b| in dB,
//            floored at -80 dB, of the frames kOnsetLags from an onset; mean over the onsets.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "metrics/mel_bands.h"
#include "metrics/spectrum.h"

namespace motet::metrics {

// Frames from an onset, kOnsetHop samples each: from 93 ms before to 279 ms after it.
inline constexpr ptrdiff_t kFirstOnsetLag = -16;
inline constexpr size_t kOnsetLags = 65;

struct TransientSmear {
  size_t reference_onsets = 0, degraded_onsets = 0, matched = 0;
  std::optional<double> before_db;  // none if the original has no onset
  std::array<std::optional<double>, kOnsetLags> error_db;

  std::optional<double> f_score() const;  // none if the original has no onset
};

// Keeps 8 bytes of every 64 samples: 6 KB of a second.
class Transients {
 public:
  explicit Transients(size_t channels);

  // The next `samples` of both, planar, at kSampleRate.
  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  TransientSmear Finish();

 private:
  struct Signal {
    std::vector<std::array<double, 40>> pattern;  // of the last frames
    std::vector<float> flux;                      // [frame]
    std::vector<float> energy;                    // [block of kEnergyBlock samples]
  };
  using Bands = std::array<double, 40>;

  void PushFrames(const float* const* reference, const float* const* degraded, size_t samples);
  void AddEnergy(const float* const* samples, size_t count, Signal& signal) const;
  Bands BandsOf(const SpectrumFrames::Spectra& spectra) const;
  static void AddFlux(const Bands& bands, Signal& signal);

  size_t channels_;
  SpectrumFrames frames_;
  std::vector<MelBand> bands_;
  size_t samples_ = 0;
  Signal reference_, degraded_;
  std::vector<float> errors_;  // [frame], dB
};

}  // namespace motet::metrics
