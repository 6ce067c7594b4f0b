// For tests that change the header of a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "arithmetic/crc32.h"
#include "stream/stream_layout.h"

namespace motet::testing {

// Makes the checksum of a changed header right again.
inline void RepairChecksum(std::vector<uint8_t>* stream) {
  const size_t end = stream_layout::Get(*stream, stream_layout::kHeaderBytes, 4) - 4;
  const uint32_t crc = Crc32(std::span(*stream).first(end));
  for (size_t i = 0; i < 4; ++i) (*stream)[end + i] = static_cast<uint8_t>(crc >> (8 * i));
}

}  // namespace motet::testing
