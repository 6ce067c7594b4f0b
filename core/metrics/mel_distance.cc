#include "metrics/mel_distance.h"

#include <cmath>

#include "metrics/decibels.h"

namespace motet::metrics {

MelDistance::MelDistance(size_t channels) {
  size_t bands = 5;
  for (size_t window = 32; window <= 2048; window *= 2, bands *= 2)
    scales_.push_back({ReflectedFrames(window, channels), SlaneyBands(window, bands)});
}

void MelDistance::Scale::Add(std::span<const double> reference, std::span<const double> degraded) {
  ++taken;
  for (const MelBand& band : bands) {
    double a = 0;
    double b = 0;
    for (size_t i = 0; i < band.weights.size(); ++i) {
      a += band.weights[i] * reference[band.first_bin + i];
      b += band.weights[i] * degraded[band.first_bin + i];
    }
    sum += std::abs(FloorLog10(a) - FloorLog10(b));
  }
}

void MelDistance::Push(const float* const* reference, const float* const* degraded,
                       size_t samples) {
  for (Scale& scale : scales_) {
    scale.frames.Push(reference, degraded, samples, [&scale](auto a, auto b) { scale.Add(a, b); });
  }
}

double MelDistance::Finish() {
  double distance = 0;
  for (Scale& scale : scales_) {
    scale.frames.Finish([&scale](auto a, auto b) { scale.Add(a, b); });
    if (scale.taken > 0)
      distance += scale.sum / static_cast<double>(scale.taken * scale.bands.size());
  }
  return distance;
}

}  // namespace motet::metrics
