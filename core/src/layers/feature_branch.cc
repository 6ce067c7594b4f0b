#include "layers/feature_branch.h"

#include <cstring>

namespace motet::core {

FeatureBranch::FeatureBranch(Builder& builder, const std::string& name, size_t channels, Level rate)
    : width_(builder.config().encoder.features.width),
      reduce_(builder, name + ".reduce", channels, 3 * width_, rate),
      harmonic_(builder, name + ".harmonic", width_, builder.config().encoder.features.kernel,
                builder.config().encoder.features.dilation, rate) {
  builder.Register(this, rate);
  const size_t frames = builder.max_frames(rate);
  rhythm_.Allocate(builder, 1, frames, width_);
  builder.Allocate(&reduced_, frames * 3 * width_);
  builder.Allocate(&thirds_, frames * 3 * width_);
}

void FeatureBranch::Step(size_t frames, const float* h, float* y, size_t stride) {
  const size_t plane = frames * width_;
  float* const harmonic = thirds_.data();
  float* const rhythmic = harmonic + plane;
  float* const timbral = rhythmic + plane;
  reduce_.Step(frames, h, reduced_.data());
  for (size_t t = 0; t < frames; ++t) {
    for (size_t third = 0; third < 3; ++third) {
      std::memcpy(thirds_.data() + third * plane + t * width_,
                  reduced_.data() + (3 * t + third) * width_, width_ * sizeof(float));
    }
  }
  harmonic_.Step(frames, harmonic, harmonic);
  const float* before = rhythm_.Push(frames, rhythmic);
  kernels_.subtract(rhythmic, before, rhythmic, plane);
  kernels_.norm(timbral, timbral, frames, width_);
  kernels_.gelu(thirds_.data(), 3 * plane);
  for (size_t t = 0; t < frames; ++t) {
    for (size_t third = 0; third < 3; ++third) {
      std::memcpy(y + t * stride + third * width_, thirds_.data() + third * plane + t * width_,
                  width_ * sizeof(float));
    }
  }
}

}  // namespace motet::core
