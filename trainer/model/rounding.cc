#include "model/rounding.h"

namespace motet::trainer {

torch::Tensor RoundedToInt8(const torch::Tensor& weight) {
  const auto values = weight.detach();
  const auto scale = values.abs().amax(1, /*keepdim=*/true) / 127;
  // A row of zeros has no scale, and stays.
  return torch::where(scale > 0, (values / scale).round().clamp(-127, 127) * scale,
                      torch::zeros_like(scale));
}

}  // namespace motet::trainer
