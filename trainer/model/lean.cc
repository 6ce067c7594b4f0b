#include "model/lean.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/constants.h"

namespace motet::trainer {

torch::Tensor Cast(const torch::Tensor& x, torch::ScalarType type) {
  return x.scalar_type() == type ? x : torch::empty(x.sizes(), x.options().dtype(type)).copy_(x);
}

torch::Tensor Rows(const torch::Tensor& x) { return Rows(x, x.size(-1)); }

torch::Tensor Rows(const torch::Tensor& x, int64_t columns) {
  return (x.is_contiguous() ? x : x.contiguous()).view({-1, columns});
}

torch::Tensor Transposed(const torch::Tensor& x) {
  auto shape = x.sizes().vec(), strides = x.strides().vec();
  std::iter_swap(shape.rbegin(), shape.rbegin() + 1);
  std::iter_swap(strides.rbegin(), strides.rbegin() + 1);
  return x.as_strided(shape, strides);
}

torch::Tensor Part(const torch::Tensor& x, int64_t dim, int64_t first, int64_t length) {
  auto shape = x.sizes().vec();
  shape.at(static_cast<size_t>(dim)) = length;
  return x.as_strided(shape, x.strides(), x.storage_offset() + first * x.stride(dim));
}

torch::Tensor Number(double value, const torch::Tensor& like) {
  return Constant(fmt::format("{:a}", value), like,
                  [&] { return torch::full({}, value, torch::kFloat64); });
}

torch::Tensor Plus(const torch::Tensor& x, double number) { return x + Number(number, x); }

torch::Tensor Scaled(const torch::Tensor& x, double factor) { return x * Number(factor, x); }

torch::Tensor Above(const torch::Tensor& x, double limit) { return x > Number(limit, x); }

torch::Tensor Mean(const torch::Tensor& x) {
  return Scaled(x.sum(), 1 / static_cast<double>(x.numel()));
}

torch::Tensor Absolute(const torch::Tensor& z) {
  auto result = torch::empty(z.sizes(), z.options().dtype(c10::toRealValueType(z.scalar_type())));
  return torch::abs_out(result, z);
}

torch::Tensor SumOfRows(const torch::Tensor& x) {
  auto sums = torch::empty({x.size(1)}, x.options());
  return torch::addmv_out(sums, sums, Transposed(x), Ones(x.size(0), x), /*beta=*/0);
}

}  // namespace motet::trainer
