// What moves frames in time or scales them one by one, without parameters, on tensors [batch,
// frames, channels].
#pragma once

#include <torch/torch.h>

namespace motet::trainer {

// x [B, T, C] -> the same, later by `frames`, zeros first.
torch::Tensor Delay(const torch::Tensor& x, int64_t frames);

// Per frame over channels.
inline torch::Tensor Norm(const torch::Tensor& x) {
  return torch::layer_norm(x, {x.size(-1)}, {}, {}, 1e-5);
}

}  // namespace motet::trainer
