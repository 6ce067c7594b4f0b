// The tones of a packet as bytes: two for each, zeros for the rest (docs/ARCHITECTURE.md, "Tones").
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model_config/model_config.h"

namespace motet {

// Of a line without a tone.
inline constexpr uint8_t kNoTone = 255;

// What tones.bytes() bytes say: a level 0…31 or kNoTone for each of the `levels`, which are
// tones.lines. Any bytes mean something.
void ReadTones(const TonesConfig& tones, const uint8_t* bytes, std::span<uint8_t> levels);

// The inverse; no more than `count` of the levels may be tones.
void WriteTones(const TonesConfig& tones, std::span<const uint8_t> levels, uint8_t* bytes);

}  // namespace motet
