// What LibTorch does in several calls, in one or two: a step makes thousands of them, and a GPU
// waits for the host meanwhile.
#pragma once

#include <torch/torch.h>

namespace motet::trainer {

// x in another type.
torch::Tensor Cast(const torch::Tensor& x, torch::ScalarType type);
// x [..., columns] as [rows, columns], the same memory where it can be.
torch::Tensor Rows(const torch::Tensor& x);
// The values of x, so many at a time.
torch::Tensor Rows(const torch::Tensor& x, int64_t columns);
// x [..., rows, columns] as [..., columns, rows], the same memory. Without a gradient.
torch::Tensor Transposed(const torch::Tensor& x);
// torch::Tensor::narrow without a gradient.
torch::Tensor Part(const torch::Tensor& x, int64_t dim, int64_t first, int64_t length);
// A scalar of the type of `like` and on its device, made once and kept. LibTorch casts a number
// that stands beside a tensor in every call.
torch::Tensor Number(double value, const torch::Tensor& like);
// With numbers that are kept: x + number, x · factor, x > limit, and the mean of x, a scalar.
torch::Tensor Plus(const torch::Tensor& x, double number);
torch::Tensor Scaled(const torch::Tensor& x, double factor);
torch::Tensor Above(const torch::Tensor& x, double limit);
torch::Tensor Mean(const torch::Tensor& x);
// |z| of complex numbers. LibTorch makes them complex first. Without a gradient.
torch::Tensor Absolute(const torch::Tensor& z);
// x [rows, columns] -> [columns]. Summing over rows is slow in LibTorch 1.13.
torch::Tensor SumOfRows(const torch::Tensor& x);

}  // namespace motet::trainer
