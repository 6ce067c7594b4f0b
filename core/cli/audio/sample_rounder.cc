#include "audio/sample_rounder.h"

#include <algorithm>
#include <cmath>

namespace motet::cli {
namespace {

// To the nearest integer, ties to even, as std::nearbyint, which is a call for each sample where
// the compiler may not assume SSE4.1. Beyond 2^51 it is no integer any more; that is far beyond
// full scale.
double Nearest(double value) {
  constexpr double kRound = 6755399441055744;  // 1.5 · 2^52: the last bit counts 1
  return value + kRound - kRound;
}

}  // namespace

int32_t SampleRounder::Round(float sample) {
  const double value = static_cast<double>(Scale(sample)) * scale_;
  const double nearest = Nearest(value);
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
  return static_cast<int32_t>(std::clamp(Nearest(value + noise), -scale_, scale_ - 1));
}

}  // namespace motet::cli
