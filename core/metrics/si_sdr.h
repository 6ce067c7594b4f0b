// Scale-invariant signal-to-distortion ratio over all channels together (Le Roux, Wisdom, Erdogan
// and Hershey: "SDR - half-baked or well done?", 2019), means removed, as descript-audio-codec has
// it: 1e-8 is added to both powers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace motet::metrics {

class SiSdr {
 public:
  explicit SiSdr(size_t channels) : channels_(channels) {}

  void Push(const float* const* reference, const float* const* degraded, size_t samples);

  // In dB. None if one of the two is silent, or has nothing but its mean: then there is no signal
  // to scale, and the ratio is not defined.
  std::optional<double> Finish() const;

 private:
  size_t channels_;
  uint64_t values_ = 0;  // samples, times channels
  // Sums over all channels: x the reference, y the degraded signal.
  double x_ = 0, y_ = 0, xx_ = 0, xy_ = 0, yy_ = 0;
};

}  // namespace motet::metrics
