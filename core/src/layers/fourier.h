// The Fourier transforms of analysis and synthesis, tapered, as matrix products.
//
// Cosines and sines are symmetric about the middle of the window, and about its quarter up to a
// sign that alternates with the bin. Folding the window twice along these symmetries leaves four
// products of a quarter of the size each, a quarter of the work of the whole matrix:
//
//   real parts of even bins, odd bins; imaginary parts of even bins, odd bins
//
// A spectrum row holds `window` values: real parts of bins 0…window/2, then imaginary parts of bins
// 1…window/2-1 (docs/ARCHITECTURE.md, "Analysis").
#pragma once

#include <array>
#include <memory>

#include "layers/layer.h"
#include "layers/linear.h"

namespace motet::core {

enum class FourierDirection { kForward, kInverse };

class Fourier : public Layer {
 public:
  // For up to `rows_per_frame` rows of each fine frame.
  Fourier(Builder& builder, FourierDirection direction, size_t rows_per_frame);

  // Forward: `rows` windows of samples to spectrum rows. Inverse: the other way round. Input and
  // output must not overlap.
  void Step(size_t rows, const float* x, float* y);

 private:
  // One of the four products: `samples` folded samples from `first_sample` on, and `bins` bins
  // first_bin, first_bin + 2, …
  struct Part {
    bool imaginary = false;
    size_t first_bin = 0;
    size_t bins = 0;
    size_t first_sample = 0;
    size_t samples = 0;
    std::unique_ptr<Linear> product;
    Buffer<float> in;
    Buffer<float> out;
  };

  void FillMatrix(const Part& part, float* matrix) const;
  // Where the first value of a part lies in a spectrum row; the others lie two apart.
  size_t FirstIndex(const Part& part) const;
  void Fold(const float* window, size_t row);
  void Unfold(size_t row, float* window);

  const FourierDirection direction_;
  const size_t window_;
  std::array<Part, 4> parts_;  // real even, real odd, imaginary even, imaginary odd
  Buffer<float> taper_;
  Buffer<float> even_;  // the symmetric and the antisymmetric half of one window
  Buffer<float> odd_;
};

}  // namespace motet::core
