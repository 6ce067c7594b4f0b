// Pictures for the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace motet::logging {

struct RgbImage {
  int width = 0, height = 0;         // pixels
  std::vector<std::uint8_t> pixels;  // height x width x (red, green, blue), top row first
};

// The bytes of a PNG file. Throws std::runtime_error with libpng's reason.
std::string EncodePng(const RgbImage& image);

// `top` above `bottom` with a white line between; both must be equally wide.
RgbImage Stack(const RgbImage& top, const RgbImage& bottom);

}  // namespace motet::logging
