// How levels of bands are measured and applied (docs/ARCHITECTURE.md, "Levels of bands"): the same
// for core, trainer and exporter.
#pragma once

namespace motet::band_levels {

inline constexpr double kSilence = 1e-11;  // added to powers
inline constexpr double kMaxGain = 4;      // and its inverse the least one

}  // namespace motet::band_levels
