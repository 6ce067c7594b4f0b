// CRC32 of zlib and PNG: polynomial 0xEDB88320, initial and final complement (ISO 3309).
#pragma once

#include <cstdint>
#include <span>

namespace motet {

// Continues `crc` (0 to begin) over `bytes`: Crc32(b, Crc32(a)) is the checksum of a followed by b.
uint32_t Crc32(std::span<const uint8_t> bytes, uint32_t crc = 0);

}  // namespace motet
