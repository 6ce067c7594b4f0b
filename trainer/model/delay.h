// What moves frames in time or scales them one by one, without parameters, on tensors [batch,
// frames, channels].
#pragma once

#include <torch/torch.h>

namespace motet::trainer {

// x [B, T, C] -> the same, later by `frames`, zeros first.
torch::Tensor Delay(const torch::Tensor& x, int64_t frames);

// For functions with a backward pass of their own.

// The gradient at x of what Delay makes of it: x [B, T, C] -> the same, earlier by `frames`.
torch::Tensor Advanced(const torch::Tensor& x, int64_t frames);
// x [B, T, …] -> [B, frames + T, …].
torch::Tensor AfterZeros(const torch::Tensor& x, int64_t frames);
// What Delay makes of x, in the memory of `padded`, AfterZeros(x, past): frames <= past.
torch::Tensor Delayed(const torch::Tensor& padded, int64_t past, int64_t frames);

inline constexpr double kFrameNormEpsilon = 1e-5;

// Per frame over channels.
inline torch::Tensor Norm(const torch::Tensor& x) {
  return torch::layer_norm(x, {x.size(-1)}, {}, {}, kFrameNormEpsilon);
}

}  // namespace motet::trainer
