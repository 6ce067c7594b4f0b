// Logarithms of magnitudes that may be 0.
#pragma once

#include <algorithm>
#include <cmath>

namespace motet::metrics {

// log10 of a magnitude, floored at 1e-5 as in descript-audio-codec.
inline double FloorLog10(double magnitude) { return std::log10(std::max(magnitude, 1e-5)); }

}  // namespace motet::metrics
