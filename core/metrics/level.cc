#include "metrics/level.h"

#include <cmath>

namespace motet::metrics {

void LevelDifference::Push(const float* const* reference, const float* const* degraded,
                           size_t samples) {
  for (size_t channel = 0; channel < channels_; ++channel) {
    for (size_t i = 0; i < samples; ++i) {
      const double x = reference[channel][i];
      const double y = degraded[channel][i];
      reference_ += x * x;
      degraded_ += y * y;
    }
  }
}

std::optional<double> LevelDifference::Finish() const {
  if (reference_ == 0 || degraded_ == 0) return std::nullopt;
  return 10 * std::log10(degraded_ / reference_);
}

}  // namespace motet::metrics
