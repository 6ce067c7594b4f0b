#include "layers/depthwise.h"

#include <algorithm>

namespace motet::core {

Depthwise::Depthwise(Builder& builder, const std::string& name, size_t channels, size_t kernel,
                     size_t dilation, Level rate, size_t min_past)
    : channels_(channels), kernel_(kernel), dilation_(dilation) {
  builder.Register(this, rate);
  if (!builder.status().ok()) return;
  const size_t weight_shape[] = {kernel, channels}, bias_shape[] = {channels};
  weight_ = builder.Take(builder.weights().Values(name + ".weight", weight_shape));
  bias_ = builder.Take(builder.weights().Values(name + ".bias", bias_shape));
  const size_t past = std::max((kernel - 1) * dilation, min_past);
  history_.Allocate(builder, past, builder.max_frames(rate), channels);
}

void Depthwise::Step(size_t frames, const float* x, float* y) {
  history_.Push(frames, x);
  kernels_.depthwise(Past((kernel_ - 1) * dilation_), weight_, bias_, y, frames, channels_, kernel_,
                     dilation_);
}

}  // namespace motet::core
