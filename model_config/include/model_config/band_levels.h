// How levels of bands are measured and applied (docs/ARCHITECTURE.md, "Levels of bands"): the same
// for core, trainer and exporter.
#pragma once

#include "model_config/model_config.h"

namespace motet {

namespace band_levels {

inline constexpr double kSilence = 1e-11;  // added to powers
inline constexpr double kMaxGain = 4;      // and its inverse the least one

}  // namespace band_levels

// The part of the power of a tone in line `first + line` of the tones that lies in a band, as the
// analysis has it.
double ShareOfTone(const ModelConfig& config, int64_t line, int64_t band);

}  // namespace motet
