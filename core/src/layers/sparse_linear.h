// A Linear layer for rows that are nearly all zeros: it adds up columns of the matrix.
#pragma once

#include <cstddef>
#include <string>

#include "arithmetic/kernels.h"
#include "layers/layer.h"

namespace motet::core {

class SparseLinear : public Layer {
 public:
  // y = W x + b with `name`.weight [out, in] and `name`.bias [out].
  SparseLinear(Builder& builder, const std::string& name, size_t in, size_t out, Level rate);

  // Adds y to h, for `rows` rows of in() values of x and of out() values of h.
  void Add(size_t rows, const float* x, float* h) const;

  // Of the whole matrix, as elsewhere.
  double multiply_adds() const override;
  size_t in() const { return in_; }
  size_t out() const { return out_; }

 private:
  const Kernels& kernels_ = BestKernels();
  const size_t in_;
  const size_t out_;
  const float* columns_ = nullptr;  // [in, out]
  const float* bias_ = nullptr;
};

}  // namespace motet::core
