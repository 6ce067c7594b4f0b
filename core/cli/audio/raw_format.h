// Samples without a header, which a person describes instead.
#pragma once

#include <cstdint>

namespace motet::cli {

struct RawFormat {
  int sample_rate = 44100;
  int channels = 2;
  int bits = 16;          // 8 (without sign), 16, 24 or 32
  bool is_float = false;  // of 32 bits
  bool big_endian = false;

  uint64_t frame_bytes() const { return static_cast<uint64_t>(channels * bits / 8); }
};

}  // namespace motet::cli
