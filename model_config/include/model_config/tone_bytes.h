// The tones of a packet as bytes: two or three for each, zeros for the rest (docs/ARCHITECTURE.md,
// "Tones").
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model_config/model_config.h"

namespace motet {

// Of one line in one packet.
struct Tone {
  static constexpr uint8_t kNone = 255;

  uint8_t level = kNone;  // 0…31
  uint8_t place = 0;      // pan · phases + phase, below TonesConfig::places()

  bool is_there() const { return level != kNone; }
  bool operator==(const Tone& other) const = default;
};

// What tones.bytes() bytes say of each line, tones.lines of them. Any bytes mean something.
void ReadTones(const TonesConfig& config, const uint8_t* bytes, std::span<Tone> tones);

// The inverse; no more than `count` of them may be there.
void WriteTones(const TonesConfig& config, std::span<const Tone> tones, uint8_t* bytes);

// Whether bytes are such as WriteTones writes: lines ascend, and nothing is beyond its range.
bool AreWrittenTones(const TonesConfig& config, const uint8_t* bytes);

// Makes of the bytes of a packet those of the next one if all tones go on as they are.
void RepeatTones(const TonesConfig& config, uint8_t* bytes);

}  // namespace motet
