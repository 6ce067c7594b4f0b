// The symbols that a packet's tones are entropy-coded as (docs/FORMAT.md, "Tones"): of the core,
// which codes them, and of the trainer, which counts them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "model_config/model_config.h"
#include "model_config/tone_bytes.h"

namespace motet {

enum class ToneSymbol { kFlag, kLevel, kPhase, kPan };
inline constexpr size_t kToneSymbols = 4;  // kinds

// How likely the symbols of a kind are is said by the tensor `entropy.tones.` and `name`: the
// weights of each of `symbols`, context after context.
struct ToneTable {
  const char* name;
  size_t contexts = 0;  // none: there is no such tensor, and no such symbol
  size_t symbols = 0;

  std::string tensor() const { return std::string("entropy.tones.") + name; }
  size_t size() const { return contexts * symbols; }
};

// By ToneSymbol.
std::array<ToneTable, kToneSymbols> ToneTables(const TonesConfig& config);

// Goes through the lines of a packet. `earlier`, `before` and `tones` are those of ReadTones, of
// the two packets before in the page and of this one. `code(kind, context, symbol)` gets each
// symbol and returns it; or, when decoding, the one that it reads instead: then `tones` is filled
// and need not have been.
template <typename Code>
void WalkTones(const TonesConfig& config, std::span<const Tone> earlier,
               std::span<const Tone> before, std::span<Tone> tones, const Code& code) {
  constexpr uint8_t kLast = TonesConfig::kLevels - 1;
  const size_t lines = tones.size();
  const auto phases = static_cast<size_t>(config.phases), pans = static_cast<size_t>(config.pans);
  int64_t left = config.count;
  size_t eighth = 0;                         // of the lines, in which this one is
  bool was_below = false, is_below = false;  // on, the line below
  for (size_t i = 0; i < lines; ++i) {
    while (8 * i >= (eighth + 1) * lines) ++eighth;
    Tone& tone = tones[i];
    if (left == 0) {
      tone = {};
      continue;
    }
    const bool was_here = before[i].is_there();
    const bool was_above = i + 1 < lines && before[i + 1].is_there();
    const size_t context =
        (was_here ? 1 : 0) + (was_below || was_above ? 2 : 0) + (is_below ? 4 : 0) + 8 * eighth;
    const size_t nearest = was_here ? i : was_below ? i - 1 : i + 1;
    const bool is_known = was_here || was_below || was_above;
    was_below = was_here;
    is_below = code(ToneSymbol::kFlag, context, tone.is_there() ? 1 : 0) != 0;
    if (!is_below) {
      tone = {};
      continue;
    }
    --left;
    const Tone from = is_known ? before[nearest] : Tone{.level = 0, .place = 0};
    const size_t kind = !is_known ? 2 : nearest == i ? 0 : 1;
    tone.level = static_cast<uint8_t>(
        (code(ToneSymbol::kLevel, kind, static_cast<size_t>((tone.level - from.level) & kLast)) +
         from.level) &
        kLast);
    size_t phase = tone.place % phases, pan = tone.place / phases;
    if (phases > 1) {
      // In a packet a line of odd number makes half a turn more than whole ones. What a tone turns
      // besides, it turned in the packet before as well.
      const size_t half = (static_cast<size_t>(config.first) + i) % 2 * (phases / 2);
      const auto turn = [&](size_t to, const Tone& since) {
        return (to - since.place % phases - half) & (phases - 1);
      };
      const bool has_turned = kind == 0 && earlier[i].is_there();
      const size_t symbol = code(ToneSymbol::kPhase,
                                 has_turned ? 3 + turn(before[i].place % phases, earlier[i]) : kind,
                                 turn(phase, from));
      phase = (symbol + from.place + half) & (phases - 1);
    }
    if (pans > 1) pan = code(ToneSymbol::kPan, is_known ? from.place / phases : pans, pan);
    tone.place = static_cast<uint8_t>(pan * phases + phase);
  }
}

}  // namespace motet
