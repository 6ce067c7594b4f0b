// The Fourier transforms of analysis and synthesis, tapered.
//
// A spectrum row holds `window` values: real parts of bins 0…window/2, then imaginary parts of bins
// 1…window/2-1 (docs/ARCHITECTURE.md, "Analysis").
#pragma once

#include "arithmetic/kernels.h"
#include "layers/layer.h"

namespace motet::core {

enum class FourierDirection { kForward, kInverse };

class Fourier : public Layer {
 public:
  // Of `rows_per_frame` rows of each fine frame.
  Fourier(Builder& builder, FourierDirection direction, size_t rows_per_frame);

  // Forward: `rows` windows of samples to spectrum rows. Inverse: the other way round. Input and
  // output must not overlap.
  void Step(size_t rows, const float* x, float* y);

  double multiply_adds() const override;

 private:
  const Kernels& kernels_ = BestKernels();
  const FourierDirection direction_;
  const size_t window_;
  const size_t rows_per_frame_;
  Buffer<float> taper_;
  Buffer<float> turns_;  // cosines, then sines
  Buffer<float> scratch_;
};

}  // namespace motet::core
