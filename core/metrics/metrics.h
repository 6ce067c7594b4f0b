// How far a decoded signal is from its original: all metrics at once, in double precision. Each of
// them is a class of its own that can be used alone, with the same Push; its header has the
// definition.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "metrics/alignment.h"
#include "metrics/band_levels.h"
#include "metrics/loudness.h"
#include "metrics/tonal.h"
#include "metrics/transients.h"

namespace motet::metrics {

struct Distances {
  double mel = 0;             // mel_distance.h: training
  double mel_evaluation = 0;  // mel_distance.h: evaluation
  // mel of mid, (left + right) / sqrt(2), and side, (left - right) / sqrt(2): here a stereo
  // image that was lost weighs as much as their sum. 0 for one channel.
  double mel_mid_side = 0;
  double stft = 0;                  // stft_distance.h
  std::optional<double> si_sdr_db;  // si_sdr.h; none if one of the two is silent
  std::optional<double> level_db;   // level.h; none if one of the two is silent
  double coherence_error = 0;       // coherence_error.h; 0 for one channel
  double reference_bandwidth_hz = 0, bandwidth_hz = 0;  // bandwidth.h
  TonalRow tonal_coherence, tonal_fine;                 // tonal.h
  LoudnessPair loudness;                                // loudness.h
  BandDifferences bands;                                // band_levels.h
  TransientSmear transients;                            // transients.h
  AlignmentResult alignment;                            // alignment.h
  uint64_t samples = 0;                                 // per channel
};

// Takes two signals block by block; memory grows by 6 KB a second (transients.h). Not thread-safe.
class Comparison {
 public:
  explicit Comparison(int channels);
  ~Comparison();

  // The same `samples` of both, planar: reference[channel][sample], at kSampleRate.
  void Push(const float* const* reference, const float* const* degraded, uint64_t samples);

  // Ends the comparison. All distances are 0 or none if there were no samples.
  Distances Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace motet::metrics
