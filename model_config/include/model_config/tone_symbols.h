// The symbols that a packet's tones are entropy-coded as (docs/FORMAT.md, "Tones"): of the core,
// which codes them, and of the trainer, which counts them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model_config/model_config.h"
#include "model_config/tone_bytes.h"

namespace motet {

enum class ToneSymbol { kFlag, kLevel };

inline constexpr size_t kToneFlagContexts = 64;
inline constexpr size_t kToneLevelContexts = 3;

// Goes through the lines of a packet. `before` and `levels` are those of ReadTones, of the packet
// before in the page and of this one. `code(kind, context, symbol)` gets each symbol, a flag of
// 0 or 1 or a level of 0…31, and returns it; or, when decoding, the one that it reads instead: then
// `levels` is filled and need not have been.
template <typename Code>
void WalkTones(const TonesConfig& tones, std::span<const uint8_t> before, std::span<uint8_t> levels,
               const Code& code) {
  constexpr uint8_t kLast = TonesConfig::kLevels - 1;
  const size_t lines = levels.size();
  const auto was_on = [&](size_t line) { return line < lines && before[line] != kNoTone; };
  int64_t left = tones.count;
  for (size_t i = 0; i < lines; ++i) {
    uint8_t& level = levels[i];
    if (left == 0) {
      level = kNoTone;
      continue;
    }
    const bool beside = was_on(i + 1) || (i > 0 && was_on(i - 1));
    const bool below = i > 0 && levels[i - 1] != kNoTone;
    const size_t context =
        (was_on(i) ? 1 : 0) + (beside ? 2 : 0) + (below ? 4 : 0) + 8 * (8 * i / lines);
    if (code(ToneSymbol::kFlag, context, level == kNoTone ? 0 : 1) == 0) {
      level = kNoTone;
      continue;
    }
    --left;
    const size_t nearest = was_on(i) ? i : i > 0 && was_on(i - 1) ? i - 1 : i + 1;
    const bool is_known = was_on(nearest);
    const uint8_t from = is_known ? before[nearest] : 0;
    const size_t kind = !is_known ? 2 : nearest == i ? 0 : 1;
    level = static_cast<uint8_t>(
        (code(ToneSymbol::kLevel, kind, static_cast<size_t>((level - from) & kLast)) + from) &
        kLast);
  }
}

}  // namespace motet
