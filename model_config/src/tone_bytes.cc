#include "model_config/tone_bytes.h"

#include <algorithm>

namespace motet {

void ReadTones(const TonesConfig& config, const uint8_t* bytes, std::span<Tone> tones) {
  std::fill(tones.begin(), tones.end(), Tone());
  const int64_t each = config.bytes_each();
  for (const uint8_t* const end = bytes + config.bytes(); bytes < end; bytes += each) {
    const size_t line = bytes[0];
    if (line == 0 || line > tones.size()) continue;
    Tone& tone = tones[line - 1];
    tone.level = std::min<uint8_t>(bytes[1], TonesConfig::kLevels - 1);
    if (each == 3)
      tone.place = std::min<uint8_t>(bytes[2], static_cast<uint8_t>(config.places() - 1));
  }
}

void WriteTones(const TonesConfig& config, std::span<const Tone> tones, uint8_t* bytes) {
  uint8_t* const end = bytes + config.bytes();
  for (size_t i = 0; i < tones.size(); ++i) {
    if (!tones[i].is_there()) continue;
    *bytes++ = static_cast<uint8_t>(i + 1);
    *bytes++ = tones[i].level;
    if (config.bytes_each() == 3) *bytes++ = tones[i].place;
  }
  std::fill(bytes, end, uint8_t{0});
}

bool AreWrittenTones(const TonesConfig& config, const uint8_t* bytes) {
  const uint8_t* const end = bytes + config.bytes();
  const int64_t each = config.bytes_each();
  for (uint8_t last = 0; bytes < end && bytes[0] != 0; bytes += each) {
    if (bytes[0] <= last || bytes[0] > config.lines || bytes[1] >= TonesConfig::kLevels)
      return false;
    if (each == 3 && bytes[2] >= config.places()) return false;
    last = bytes[0];
  }
  return std::all_of(bytes, end, [](uint8_t byte) { return byte == 0; });
}

void RepeatTones(const TonesConfig& config, uint8_t* bytes) {
  if (config.phases == 1) return;
  const auto phases = static_cast<uint8_t>(config.phases);
  for (uint8_t* const end = bytes + config.bytes(); bytes < end; bytes += 3) {
    const int64_t line = config.first + bytes[0] - 1;
    if (bytes[0] == 0 || line % 2 == 0) continue;
    bytes[2] = bytes[2] ^ (phases / 2);  // half a turn
  }
}

}  // namespace motet
