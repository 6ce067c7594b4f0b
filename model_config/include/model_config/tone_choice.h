// By what tones are chosen (docs/ARCHITECTURE.md, "Tones"): the same for core, trainer and
// exporter.
#pragma once

#include <cstdint>

namespace motet::tone_choice {

inline constexpr double kSilence = 1e-7;     // added to amplitudes
inline constexpr int64_t kSurroundings = 7;  // bins to either side
inline constexpr double kBegins = 6;         // dB above the surroundings, for a tone to begin
inline constexpr double kGoesOn = 3;         // dB, for it to go on
inline constexpr double kBonusGoesOn = 6;    // dB by which one that goes on is preferred
inline constexpr double kBonusLasts = 3;     // dB by which one is that a peak follows
inline constexpr double kBonusLow = 3;   // dB by which the lowest line is, and none at the highest
inline constexpr double kQuieter = 0.4;  // dB less for each dB below the packet's loudest line
inline constexpr double kLeast = 14;     // dB: what scores less is left out

}  // namespace motet::tone_choice
