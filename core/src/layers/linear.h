// Linear layers: a matrix product per frame, by XNNPACK. `Down` and `Up` of the architecture are
// Linear layers too: two frames of C channels lie in memory like one of 2C.
#pragma once

#include <xnnpack.h>

#include <cstddef>
#include <functional>
#include <string>

#include "arithmetic/buffer.h"
#include "arithmetic/kernels.h"
#include "layers/layer.h"

namespace motet::core {

class Linear : public Layer {
 public:
  // y = W x + b with `name`.weight [out, in] and `name`.bias [out].
  Linear(Builder& builder, const std::string& name, size_t in, size_t out, Level rate,
         Precision precision = Precision::kFloat32);
  // y = W x with a computed W, for `rows_per_frame` rows of each frame.
  Linear(Builder& builder, const std::string& name, size_t in, size_t out, Level rate,
         size_t rows_per_frame, const std::function<void(float*)>& fill);
  ~Linear() override;

  // `rows` rows of in() values become `rows` rows of out(). A row's result does not depend on the
  // others. Input and output must not overlap.
  void Step(size_t rows, const float* x, float* y);

  double multiply_adds() const override;
  int failure() const override { return failure_; }
  size_t in() const { return in_; }
  size_t out() const { return out_; }

 private:
  void Own(Builder& builder, const PackedMatrix* matrix);
  xnn_status SetUpFloat32(size_t rows, const float* x, float* y);
  xnn_status SetUpInt8(size_t rows, const float* x, float* y);

  const Kernels& kernels_ = BestKernels();
  const size_t in_;
  const size_t out_;
  const size_t rows_per_frame_ = 1;
  size_t reshaped_ = 0;  // rows that the operator is set up for
  xnn_operator_t operator_ = nullptr;
  bool is_int8_ = false;
  Buffer<int8_t> quantized_;  // rows of x, and how they lie in it
  Buffer<RowScale> scales_;
  int failure_ = 0;
};

}  // namespace motet::core
