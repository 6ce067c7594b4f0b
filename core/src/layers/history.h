// The last rows of a signal, in front of those that come: what a causal layer looks back on.
#pragma once

#include <cstddef>
#include <cstring>

#include "layers/layer.h"

namespace motet::core {

class History {
 public:
  // `past` rows of `channels` values are kept, and up to `max_rows` taken at once.
  void Allocate(Builder& builder, size_t past, size_t max_rows, size_t channels) {
    past_ = past;
    channels_ = channels;
    builder.Allocate(&rows_, (past + max_rows) * channels);
  }

  // Appends `count` rows and returns the oldest row kept; row `past` is the first of the new ones.
  // Valid until the next call.
  float* Push(size_t count, const float* x) {
    float* fresh = Extend(count);
    std::memcpy(fresh, x, count * channels_ * sizeof(float));
    return rows_.data();
  }

  // The same for a caller that writes the `count` new rows itself, to where the result points.
  float* Extend(size_t count) {
    if (taken_ > 0) {
      std::memmove(rows_.data(), rows_.data() + taken_ * channels_,
                   past_ * channels_ * sizeof(float));
    }
    taken_ = count;
    return rows_.data() + past_ * channels_;
  }

  float* oldest() { return rows_.data(); }
  size_t past() const { return past_; }

  void Reset() {
    rows_.Clear();
    taken_ = 0;
  }

 private:
  Buffer<float> rows_;
  size_t past_ = 0;
  size_t channels_ = 0;
  size_t taken_ = 0;  // rows of the last step: part of the past by now
};

}  // namespace motet::core
