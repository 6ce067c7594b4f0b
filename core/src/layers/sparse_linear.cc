#include "layers/sparse_linear.h"

namespace motet::core {

SparseLinear::SparseLinear(Builder& builder, const std::string& name, size_t in, size_t out,
                           Level rate)
    : in_(in), out_(out) {
  builder.Register(this, rate);
  if (!builder.status().ok()) return;
  const size_t bias_shape[] = {out};
  columns_ = builder.Take(builder.weights().Transposed(name + ".weight", out, in));
  bias_ = builder.Take(builder.weights().Values(name + ".bias", bias_shape));
}

void SparseLinear::Add(size_t rows, const float* x, float* h) const {
  for (size_t row = 0; row < rows; ++row, x += in_, h += out_) {
    kernels_.add(h, bias_, h, out_);
    for (size_t i = 0; i < in_; ++i) {
      if (x[i] != 0) kernels_.add_scaled(columns_ + i * out_, x[i], h, out_);
    }
  }
}

double SparseLinear::multiply_adds() const {
  return static_cast<double>(in_) * static_cast<double>(out_);
}

}  // namespace motet::core
