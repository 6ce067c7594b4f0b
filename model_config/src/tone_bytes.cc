#include "model_config/tone_bytes.h"

#include <algorithm>

namespace motet {

void ReadTones(const TonesConfig& tones, const uint8_t* bytes, std::span<uint8_t> levels) {
  std::fill(levels.begin(), levels.end(), kNoTone);
  for (int64_t i = 0; i < tones.bytes(); i += 2) {
    const size_t line = bytes[i];
    if (line == 0 || line > levels.size()) continue;
    levels[line - 1] = std::min<uint8_t>(bytes[i + 1], TonesConfig::kLevels - 1);
  }
}

void WriteTones(const TonesConfig& tones, std::span<const uint8_t> levels, uint8_t* bytes) {
  uint8_t* const end = bytes + tones.bytes();
  for (size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] == kNoTone) continue;
    *bytes++ = static_cast<uint8_t>(i + 1);
    *bytes++ = levels[i];
  }
  std::fill(bytes, end, uint8_t{0});
}

}  // namespace motet
