#include "metrics/mel_distance.h"

#include <cmath>

#include "metrics/decibels.h"

namespace motet::metrics {

MelDistance MelDistance::Training(size_t channels) {
  MelDistance distance(Weights{1, 0});
  size_t bands = 5;
  for (size_t window = 32; window <= 2048; window *= 2, bands *= 2)
    distance.AddScale(window, bands, channels);
  return distance;
}

MelDistance MelDistance::Evaluation(size_t channels) {
  MelDistance distance(Weights{2, 1});  // log10 of squares: twice that of magnitudes
  distance.AddScale(2048, 150, channels);
  distance.AddScale(512, 80, channels);
  return distance;
}

void MelDistance::AddScale(size_t window, size_t bands, size_t channels) {
  scales_.push_back({ReflectedFrames(window, channels), SlaneyBands(window, bands)});
}

void MelDistance::Scale::Add(std::span<const double> reference, std::span<const double> degraded,
                             Weights weights) {
  ++taken;
  for (const MelBand& band : bands) {
    double a = 0;
    double b = 0;
    for (size_t i = 0; i < band.weights.size(); ++i) {
      a += band.weights[i] * reference[band.first_bin + i];
      b += band.weights[i] * degraded[band.first_bin + i];
    }
    sum += weights.logarithmic * std::abs(FloorLog10(a) - FloorLog10(b)) +
           weights.linear * std::abs(a - b);
  }
}

void MelDistance::Push(const float* const* reference, const float* const* degraded,
                       size_t samples) {
  for (Scale& scale : scales_) {
    scale.frames.Push(reference, degraded, samples,
                      [&](auto a, auto b) { scale.Add(a, b, weights_); });
  }
}

double MelDistance::Finish() {
  double distance = 0;
  for (Scale& scale : scales_) {
    scale.frames.Finish([&](auto a, auto b) { scale.Add(a, b, weights_); });
    if (scale.taken > 0)
      distance += scale.sum / static_cast<double>(scale.taken * scale.bands.size());
  }
  return distance;
}

}  // namespace motet::metrics
