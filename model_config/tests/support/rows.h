// What the layers of the reference codec take and give.
#pragma once

#include <cstddef>
#include <vector>

namespace motet::testing {

// Frames × channels.
struct Rows {
  Rows() = default;
  Rows(size_t frame_count, size_t channel_count)
      : frames(frame_count), channels(channel_count), values(frame_count * channel_count) {}

  double& at(size_t t, size_t c) { return values[t * channels + c]; }
  double at(size_t t, size_t c) const { return values[t * channels + c]; }
  // A frame before the beginning is zeros.
  double before(size_t t, size_t ago, size_t c) const { return ago > t ? 0 : at(t - ago, c); }

  size_t frames = 0;
  size_t channels = 0;
  std::vector<double> values;
};

}  // namespace motet::testing
