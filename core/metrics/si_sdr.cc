#include "metrics/si_sdr.h"

#include <algorithm>
#include <cmath>

namespace motet::metrics {
namespace {

constexpr double kEpsilon = 1e-8;    // descript-audio-codec's, so that equal signals have a value
constexpr double kRounding = 1e-12;  // of a sum of squares, relative

}  // namespace

void SiSdr::Push(const float* const* reference, const float* const* degraded, size_t samples) {
  values_ += samples * channels_;
  for (size_t channel = 0; channel < channels_; ++channel) {
    for (size_t i = 0; i < samples; ++i) {
      const double x = reference[channel][i];
      const double y = degraded[channel][i];
      x_ += x;
      y_ += y;
      xx_ += x * x;
      xy_ += x * y;
      yy_ += y * y;
    }
  }
}

std::optional<double> SiSdr::Finish() const {
  const auto count = static_cast<double>(values_);
  const double xx = xx_ - x_ * x_ / count;
  const double xy = xy_ - x_ * y_ / count;
  const double yy = yy_ - y_ * y_ / count;
  if (values_ == 0 || xx <= kRounding * xx_ || yy <= kRounding * yy_) return std::nullopt;
  const double gain = xy / (xx + kEpsilon);
  const double signal = gain * gain * xx;
  const double noise = std::max(0.0, yy - 2 * gain * xy + gain * gain * xx);
  return 10 * std::log10((signal + kEpsilon) / (noise + kEpsilon));
}

}  // namespace motet::metrics
