#include "model/lean.h"

#include "model/constants.h"

namespace motet::trainer {

torch::Tensor Cast(const torch::Tensor& x, torch::ScalarType type) {
  return x.scalar_type() == type ? x : torch::empty(x.sizes(), x.options().dtype(type)).copy_(x);
}

torch::Tensor Rows(const torch::Tensor& x) {
  return (x.is_contiguous() ? x : x.contiguous()).view({-1, x.size(-1)});
}

torch::Tensor Transposed(const torch::Tensor& x) {
  return x.as_strided({x.size(1), x.size(0)}, {x.stride(1), x.stride(0)});
}

torch::Tensor Part(const torch::Tensor& x, int64_t dim, int64_t first, int64_t length) {
  auto shape = x.sizes().vec();
  shape.at(static_cast<size_t>(dim)) = length;
  return x.as_strided(shape, x.strides(), x.storage_offset() + first * x.stride(dim));
}

torch::Tensor SumOfRows(const torch::Tensor& x) {
  return torch::mv(Transposed(x), Ones(x.size(0), x));
}

}  // namespace motet::trainer
