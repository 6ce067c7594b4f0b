// Delay(n): y[t] = x[t - n].
#pragma once

#include "layers/history.h"

namespace motet::core {

class Delay : public Layer {
 public:
  Delay(Builder& builder, size_t frames, size_t channels, Level rate) : frames_(frames) {
    builder.Register(this, rate);
    if (frames > 0) history_.Allocate(builder, frames, builder.max_frames(rate), channels);
  }

  // Returns the delayed frames, valid until the next call; x itself when there is no delay.
  const float* Step(size_t frames, const float* x) {
    return frames_ == 0 ? x : history_.Push(frames, x);
  }

  void Reset() override { history_.Reset(); }

 private:
  const size_t frames_;
  History history_;
};

}  // namespace motet::core
