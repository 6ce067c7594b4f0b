#include "model/rounding.h"

#include "model/tensor_storage.h"

namespace motet::trainer {

torch::Tensor RoundedToInt8(const torch::Tensor& weight) {
  const auto values = weight.detach();
  const auto scale = values.abs().amax(1, /*keepdim=*/true) / kInt8Steps;
  // A row of zeros has no scale, and stays.
  return torch::where(scale > 0, (values / scale).round().clamp(-kInt8Steps, kInt8Steps) * scale,
                      torch::zeros_like(scale));
}

}  // namespace motet::trainer
