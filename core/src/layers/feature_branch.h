// The music feature branch of an encoder level: harmonic, rhythmic and timbral features.
// (Not features.h: with this folder on the include path that would hide the C library's header.)
#pragma once

#include <string>

#include "layers/depthwise.h"
#include "layers/linear.h"

namespace motet::core {

class FeatureBranch : public Layer {
 public:
  // Tensors `name`.reduce and `name`.harmonic; `name` as in "encoder.mid.features".
  FeatureBranch(Builder& builder, const std::string& name, size_t channels, Level rate);

  // Writes [harmonic, rhythmic, timbral], each `width` values, at the given stride.
  void Step(size_t frames, const float* h, float* y, size_t stride);

  void Reset() override { rhythm_.Reset(); }
  size_t out() const { return 3 * width_; }

 private:
  const Kernels& kernels_ = BestKernels();
  const size_t width_;
  Linear reduce_;
  Depthwise harmonic_;
  History rhythm_;  // the frame before
  Buffer<float> reduced_;
  Buffer<float> thirds_;  // three planes of frames · width
};

}  // namespace motet::core
