// Synthesis: log-magnitudes and phases of mid and side back to samples, by overlap-add.
#pragma once

#include <array>

#include "arithmetic/kernels.h"
#include "layers/fourier.h"

namespace motet::core {

class Synthesis : public Layer {
 public:
  explicit Synthesis(Builder& builder);

  // Takes `frames` rows of the head: for mid, then side, bins log-magnitudes and bins phases; and a
  // gain for each row. Writes frames · hop samples of mid and side, one hop later.
  void Step(size_t frames, const float* head, const float* gains, float* mid, float* side);

  void Reset() override;

 private:
  const Kernels& kernels_ = BestKernels();
  const size_t window_;
  const size_t hop_;
  const float max_log_;
  Fourier transform_;
  Buffer<float> gains_;
  Buffer<float> spectrum_;
  Buffer<float> pieces_;
  std::array<Buffer<float>, 2> overlap_;  // the second half of the last frame
};

}  // namespace motet::core
