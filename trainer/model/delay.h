// What moves frames in time or scales them one by one, without parameters, on tensors [batch,
// frames, channels].
#pragma once

#include <torch/torch.h>

#include <algorithm>

namespace motet::trainer {

// x [B, T, C] -> the same, later by `frames`, zeros first.
inline torch::Tensor Delay(const torch::Tensor& x, int64_t frames) {
  if (frames == 0) return x;
  const int64_t length = x.size(1);
  const int64_t kept = std::max<int64_t>(0, length - frames);
  const auto zeros = torch::zeros({x.size(0), length - kept, x.size(2)}, x.options());
  return torch::cat({zeros, x.narrow(1, 0, kept)}, 1);
}

// Per frame over channels.
inline torch::Tensor Norm(const torch::Tensor& x) {
  return torch::layer_norm(x, {x.size(-1)}, {}, {}, 1e-5);
}

}  // namespace motet::trainer
