#include "metrics/mel_bands.h"

#include <algorithm>
#include <cmath>

#include "metrics/spectrum.h"

namespace motet::metrics {
namespace {

double HzToMel(double hz) {
  return hz < 1000 ? hz * 3 / 200 : 15 + std::log(hz / 1000) * 27 / std::log(6.4);
}
double MelToHz(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp((mel - 15) * std::log(6.4) / 27);
}

}  // namespace

std::vector<MelBand> SlaneyBands(size_t window, size_t count) {
  std::vector<double> edges(count + 2);
  const double top = HzToMel(kSampleRate / 2.0);
  for (size_t i = 0; i < edges.size(); ++i)
    edges[i] = MelToHz(top * static_cast<double>(i) / static_cast<double>(count + 1));
  std::vector<MelBand> bands(count);
  for (size_t band = 0; band < count; ++band) {
    const double low = edges[band];
    const double centre = edges[band + 1];
    const double high = edges[band + 2];
    for (size_t bin = 0; bin <= window / 2; ++bin) {
      const double hz = static_cast<double>(bin) * kSampleRate / static_cast<double>(window);
      const double weight =
          std::min((hz - low) / (centre - low), (high - hz) / (high - centre)) * 2 / (high - low);
      if (weight <= 0) continue;
      if (bands[band].weights.empty()) bands[band].first_bin = bin;
      bands[band].weights.push_back(weight);
    }
  }
  return bands;
}

}  // namespace motet::metrics
