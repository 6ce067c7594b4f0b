#include "audio/sample_rounder.h"

#include <algorithm>
#include <cmath>

namespace motet::cli {

int32_t SampleRounder::Round(float sample) {
  const double value = static_cast<double>(Scale(sample)) * scale_;
  const double nearest = std::nearbyint(value);
  if (nearest < -scale_ || nearest > scale_ - 1) {
    ++clipped_;
    peak_ = std::max(peak_, std::abs(value) / scale_);
  }
  double noise = 0;
  if (dither_ && sample != 0) {
    state_ ^= state_ << 13;  // xorshift (Marsaglia, 2003)
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    noise = static_cast<double>((state_ & 0xFFFF) + (state_ >> 16)) / 65536 - 65535.0 / 65536;
  }
  return static_cast<int32_t>(std::clamp(std::nearbyint(value + noise), -scale_, scale_ - 1));
}

}  // namespace motet::cli
