#include "metrics/metrics.h"

#include <array>
#include <cstddef>
#include <numbers>
#include <optional>
#include <vector>

#include "metrics/alignment.h"
#include "metrics/band_levels.h"
#include "metrics/bandwidth.h"
#include "metrics/coherence_error.h"
#include "metrics/level.h"
#include "metrics/loudness.h"
#include "metrics/mel_distance.h"
#include "metrics/si_sdr.h"
#include "metrics/stft_distance.h"
#include "metrics/tonal.h"
#include "metrics/transients.h"

namespace motet::metrics {
namespace {

// A block of two channels as mid and side.
class MidSide {
 public:
  const float* const* Split(const float* const* stereo, size_t samples) {
    constexpr auto kHalfPower = static_cast<float>(1 / std::numbers::sqrt2);
    mid_.resize(samples);
    side_.resize(samples);
    for (size_t i = 0; i < samples; ++i) {
      mid_[i] = (stereo[0][i] + stereo[1][i]) * kHalfPower;
      side_[i] = (stereo[0][i] - stereo[1][i]) * kHalfPower;
    }
    pointers_ = {mid_.data(), side_.data()};
    return pointers_.data();
  }

 private:
  std::vector<float> mid_, side_;
  std::array<const float*, 2> pointers_{};
};

// What only two channels have.
struct StereoMetrics {
  MidSide reference, degraded;
  MelDistance mel = MelDistance::Training(2);
  CoherenceError coherence_error;
};

}  // namespace

struct Comparison::State {
  explicit State(size_t channels)
      : mel(MelDistance::Training(channels)),
        mel_evaluation(MelDistance::Evaluation(channels)),
        stft(channels),
        si_sdr(channels),
        level(channels),
        bandwidth(channels),
        tonal(channels),
        loudness(channels),
        bands(channels),
        transients(channels),
        alignment(channels) {
    if (channels == 2) stereo.emplace();
  }
  uint64_t samples = 0;
  MelDistance mel, mel_evaluation;
  StftDistance stft;
  SiSdr si_sdr;
  LevelDifference level;
  Bandwidth bandwidth;
  Tonal tonal;
  Loudness loudness;
  BandLevels bands;
  Transients transients;
  Alignment alignment;
  std::optional<StereoMetrics> stereo;
};

Comparison::Comparison(int channels)
    : state_(std::make_unique<State>(static_cast<size_t>(channels))) {}
Comparison::~Comparison() = default;

void Comparison::Push(const float* const* reference, const float* const* degraded,
                      uint64_t samples) {
  if (samples == 0) return;
  State& s = *state_;
  s.samples += samples;
  s.mel.Push(reference, degraded, samples);
  s.mel_evaluation.Push(reference, degraded, samples);
  s.stft.Push(reference, degraded, samples);
  s.si_sdr.Push(reference, degraded, samples);
  s.level.Push(reference, degraded, samples);
  s.bandwidth.Push(reference, degraded, samples);
  s.tonal.Push(reference, degraded, samples);
  s.loudness.Push(reference, degraded, samples);
  s.bands.Push(reference, degraded, samples);
  s.transients.Push(reference, degraded, samples);
  s.alignment.Push(reference, degraded, samples);
  if (!s.stereo) return;
  s.stereo->mel.Push(s.stereo->reference.Split(reference, samples),
                     s.stereo->degraded.Split(degraded, samples), samples);
  s.stereo->coherence_error.Push(reference, degraded, samples);
}

Distances Comparison::Finish() {
  State& s = *state_;
  Distances distances;
  if (s.samples == 0) return distances;
  distances.samples = s.samples;
  distances.mel = s.mel.Finish();
  distances.mel_evaluation = s.mel_evaluation.Finish();
  distances.stft = s.stft.Finish();
  distances.si_sdr_db = s.si_sdr.Finish();
  distances.level_db = s.level.Finish();
  const Bandwidth::Edges edges = s.bandwidth.Finish();
  distances.reference_bandwidth_hz = edges.reference_hz;
  distances.bandwidth_hz = edges.degraded_hz;
  const TonalSums tonal = s.tonal.Finish();
  distances.tonal_coherence = tonal.coherence();
  distances.tonal_fine = tonal.fine();
  distances.loudness = s.loudness.Finish();
  distances.bands = s.bands.Finish();
  distances.transients = s.transients.Finish();
  distances.alignment = s.alignment.Finish();
  if (s.stereo) {
    distances.mel_mid_side = s.stereo->mel.Finish();
    distances.coherence_error = s.stereo->coherence_error.Finish();
  }
  return distances;
}

}  // namespace motet::metrics
