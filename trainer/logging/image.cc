#include "logging/image.h"

#include <png.h>

#include <stdexcept>

namespace motet::logging {

std::string EncodePng(const RgbImage& image) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  if (image.pixels.size() != PNG_IMAGE_SIZE(header))
    throw std::runtime_error("a picture has other than width x height x 3 bytes");
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(header), '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&header, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) ==
      0) {
    throw std::runtime_error(std::string("cannot write PNG: ") + header.message);
  }
  bytes.resize(size);
  return bytes;
}

RgbImage Stack(const RgbImage& top, const RgbImage& bottom) {
  if (top.width != bottom.width) throw std::runtime_error("pictures to stack differ in width");
  RgbImage image{top.width, top.height + 2 + bottom.height, top.pixels};
  image.pixels.insert(image.pixels.end(), static_cast<std::size_t>(top.width) * 2 * 3, 255);
  image.pixels.insert(image.pixels.end(), bottom.pixels.begin(), bottom.pixels.end());
  return image;
}

}  // namespace motet::logging
