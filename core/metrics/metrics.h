// How far a decoded signal is from its original: the distances that descript-audio-codec trains and
// reports, in double precision.
#pragma once

#include <cstdint>
#include <memory>

namespace motet::metrics {

inline constexpr int kSampleRate = 44100;  // Hz; the mel bands are laid out for it

struct Distances {
  // Sum over windows of 32, 64 ... 2048 samples (periodic Hann, hop a quarter, reflected at the
  // ends) with 5, 10 ... 320 Slaney mel bands of the mean of |log10 a - log10 b|, magnitudes
  // floored at 1e-5; mean over channels.
  double mel = 0;
  // The same of mid, (left + right) / sqrt(2), and side, (left - right) / sqrt(2): here a stereo
  // image that was lost weighs as much as their sum. 0 for one channel.
  double mel_mid_side = 0;
  // Sum over windows of 2048 and 512 of the mean of |log10 a^2 - log10 b^2| plus the mean of |a -
  // b|; mean over channels.
  double stft = 0;
  // Scale-invariant signal-to-distortion ratio over all channels together, in dB (Le Roux et al.
  // 2019); means removed.
  double si_sdr_db = 0;
  // Mean over time and 40 Slaney mel bands of |c_a - c_b|, 0...1, where c is the coherence of left
  // and right, |sum L R*| / sqrt(sum |L|^2 sum |R|^2) over 16 frames of 2048 samples, hop 1024 (the
  // inter-channel coherence of Faller and Baumgarte 2003). Bands in which a channel of the
  // reference is below -100 dB of full scale do not count. 0 for one channel.
  double coherence_error = 0;
  // Of the bands of 500 Hz in which the reference lies at most 90 dB below its strongest band, in
  // long-term power: the upper edge of the highest one, and of the highest one where the degraded
  // signal is at most 10 dB weaker than the reference. In Hz.
  double reference_bandwidth_hz = 0, bandwidth_hz = 0;
  uint64_t samples = 0;  // per channel
};

// Takes two signals block by block; memory does not depend on their length. Not thread-safe.
class Comparison {
 public:
  explicit Comparison(int channels);
  ~Comparison();

  // The same `samples` of both, planar: reference[channel][sample], at kSampleRate.
  void Push(const float* const* reference, const float* const* degraded, uint64_t samples);

  // Ends the comparison. All distances are 0 if there were no samples.
  Distances Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace motet::metrics
