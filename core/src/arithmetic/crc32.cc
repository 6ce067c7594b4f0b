#include "arithmetic/crc32.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace motet {
namespace {

// entry[k][b] is the checksum of byte b followed by k zero bytes: eight bytes are folded at once.
// Made when the program starts: in the WebAssembly, tables would be a sixteenth of the bytes. Plain
// arrays, and words that are copied: V8's first compiler, which a model's bytes go through, makes
// the most of these.
struct Tables {
  uint32_t entry[8][256];

  Tables() {
    // Of each power of two from the one before, of the others by adding two of these up.
    entry[0][0] = 0;
    uint32_t crc = 1;
    for (size_t bit = 128; bit > 0; bit /= 2) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
      for (size_t b = 0; b < 256; b += 2 * bit) entry[0][b + bit] = crc ^ entry[0][b];
    }
    for (size_t k = 1; k < 8; ++k) {
      for (size_t b = 0; b < 256; ++b)
        entry[k][b] = (entry[k - 1][b] >> 8) ^ entry[0][entry[k - 1][b] & 0xFF];
    }
  }
};

const Tables kTables;

uint32_t Word(const uint8_t* bytes) {
  if constexpr (std::endian::native == std::endian::little) {
    uint32_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  return bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
}

}  // namespace

uint32_t Crc32(std::span<const uint8_t> bytes, uint32_t crc) {
  const auto& table = kTables.entry;
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  crc = ~crc;
  for (; left >= 8; left -= 8, at += 8) {
    const uint32_t low = crc ^ Word(at), high = Word(at + 4);
    crc = table[7][low & 0xFF] ^ table[6][(low >> 8) & 0xFF] ^ table[5][(low >> 16) & 0xFF] ^
          table[4][low >> 24] ^ table[3][high & 0xFF] ^ table[2][(high >> 8) & 0xFF] ^
          table[1][(high >> 16) & 0xFF] ^ table[0][high >> 24];
  }
  for (; left > 0; --left) crc = (crc >> 8) ^ table[0][(crc ^ *at++) & 0xFF];
  return ~crc;
}

}  // namespace motet
