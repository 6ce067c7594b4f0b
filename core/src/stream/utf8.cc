#include "stream/utf8.h"

#include <cstddef>
#include <cstdint>

namespace motet {

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i++]);
    if (lead < 0x80) continue;
    const int tail = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - i < static_cast<size_t>(tail)) return false;
    uint32_t point = lead & (0x3F >> tail);
    for (int k = 0; k < tail; ++k) {
      const auto byte = static_cast<uint8_t>(text[i++]);
      if ((byte & 0xC0) != 0x80) return false;
      point = point << 6 | (byte & 0x3F);
    }
    const uint32_t least = tail == 3   ? 0x10000
                           : tail == 2 ? 0x800
                                       : 0x80;  // smaller ones are overlong
    if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  }
  return true;
}

}  // namespace motet
