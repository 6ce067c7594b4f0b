#include "metrics/stft_distance.h"

#include <cmath>

#include "metrics/decibels.h"

namespace motet::metrics {

StftDistance::StftDistance(size_t channels) {
  for (const size_t window : {size_t{512}, size_t{2048}})
    scales_.push_back({ReflectedFrames(window, channels)});
}

void StftDistance::Scale::Add(std::span<const double> reference, std::span<const double> degraded) {
  taken += reference.size();
  for (size_t k = 0; k < reference.size(); ++k) {
    const double a = reference[k];
    const double b = degraded[k];
    sum += 2 * std::abs(FloorLog10(a) - FloorLog10(b)) + std::abs(a - b);
  }
}

void StftDistance::Push(const float* const* reference, const float* const* degraded,
                        size_t samples) {
  for (Scale& scale : scales_) {
    scale.frames.Push(reference, degraded, samples, [&scale](auto a, auto b) { scale.Add(a, b); });
  }
}

double StftDistance::Finish() {
  double distance = 0;
  for (Scale& scale : scales_) {
    scale.frames.Finish([&scale](auto a, auto b) { scale.Add(a, b); });
    if (scale.taken > 0) distance += scale.sum / static_cast<double>(scale.taken);
  }
  return distance;
}

}  // namespace motet::metrics
