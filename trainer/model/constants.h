// Tensors that depend on nothing but a few numbers, made once for each device.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>

namespace motet::trainer {

// What `make` returns, brought to the type and the device of `like`: made at the first call with
// `name`, which must say all that it depends on. Bringing a tensor to a device makes the host wait,
// and the same windows and filters are needed in every step.
torch::Tensor Constant(const std::string& name, const torch::Tensor& like,
                       const std::function<torch::Tensor()>& make);

// The periodic Hann window.
torch::Tensor HannWindow(int64_t window, const torch::Tensor& like);
// [rows] ones.
torch::Tensor Ones(int64_t rows, const torch::Tensor& like);

}  // namespace motet::trainer
