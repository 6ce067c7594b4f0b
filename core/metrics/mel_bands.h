// Triangular bands on Slaney's mel scale (Auditory Toolbox, 1998): linear below 1000 Hz,
// logarithmic above.
#pragma once

#include <cstddef>
#include <vector>

namespace motet::metrics {

// One triangular band of unit area (over Hz) on consecutive bins.
struct MelBand {
  size_t first_bin = 0;
  std::vector<double> weights;  // may be empty: a band that is narrower than a bin
};

// `count` bands from 0 Hz to half of kSampleRate, on the window / 2 + 1 bins of a spectrum of
// `window` samples.
std::vector<MelBand> SlaneyBands(size_t window, size_t count);

}  // namespace motet::metrics
