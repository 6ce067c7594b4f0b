// Copies from the host that it does not wait for, as it would for one from memory that the system
// may move.
#pragma once

#include <torch/torch.h>

namespace motet::trainer {

inline torch::Tensor Pinned(const torch::Tensor& x) {
  return !x.is_cpu() || x.is_pinned() ? x : x.pin_memory();
}

inline torch::Tensor ToDevice(const torch::Tensor& x, torch::Device device) {
  if (device.is_cpu() || !x.is_cpu()) return x.to(device);
  return Pinned(x).to(device, x.scalar_type(), /*non_blocking=*/true);
}

// `target` is on a GPU.
inline void CopyToDevice(const torch::Tensor& x, torch::Tensor& target) {
  target.copy_(Pinned(x), /*non_blocking=*/true);
}

}  // namespace motet::trainer
