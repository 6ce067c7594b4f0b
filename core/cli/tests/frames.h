// Frames of decoded sound, for tests that compare parts of a stream with the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace motet::cli {

constexpr size_t kFrameBytes = 8;  // of two channels as floats

// Frames [begin, end) of samples without a header: stereo, 32-bit floats.
inline std::vector<uint8_t> FramesOf(const std::vector<uint8_t>& sound, size_t begin, size_t end) {
  return {sound.begin() + static_cast<ptrdiff_t>(begin * kFrameBytes),
          sound.begin() + static_cast<ptrdiff_t>(end * kFrameBytes)};
}

}  // namespace motet::cli
