// The symbols that a packet's levels of bands are entropy-coded as (docs/FORMAT.md, "Levels of
// bands"): of the core, which codes them, and of the trainer, which counts them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model_config/model_config.h"

namespace motet {

// How likely the symbols are is said by this tensor: the weights of each context, one context after
// another.
inline constexpr const char* kBandTable = "entropy.bands.levels";
inline constexpr size_t kBandContexts = 108, kBandSymbols = BandsConfig::kLevels;

// Goes through the bands of a packet. `levels` are this packet's, `before` those of the packet
// before, `earlier` those of the one before that, 0 before the beginning of a page.
// code(context, symbol) codes a symbol and returns it; or, when decoding, the one that it reads
// instead: then `levels` is filled with what was read.
template <typename Code>
void WalkBands(std::span<const uint8_t> earlier, std::span<const uint8_t> before,
               std::span<uint8_t> levels, const Code& code) {
  constexpr int kLast = BandsConfig::kLevels - 1;
  for (size_t i = 0; i < levels.size(); ++i) {
    const int since = before[i];
    int context = std::clamp(since - earlier[i], -1, 1) + 1;
    if (i > 0) {
      const int below = levels[i - 1];
      const int change = std::clamp(below - before[i - 1], -3, 3);
      // Rounded down, below 0 as well.
      const int above_it = std::clamp((below - since + 2 * kLast) / 2 - kLast, -2, 2);
      context = change + 3 + 7 * (context + 3 * (above_it + 2));
    } else {
      context += 105;
    }
    const size_t symbol =
        code(static_cast<size_t>(context), static_cast<size_t>((levels[i] - since) & kLast));
    levels[i] = static_cast<uint8_t>((static_cast<int>(symbol) + since) & kLast);
  }
}

}  // namespace motet
