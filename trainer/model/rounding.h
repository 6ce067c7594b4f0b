// What an int8 model file keeps of weights (docs/FORMAT.md).
#pragma once

#include <torch/torch.h>

namespace motet::trainer {

// A weight [out, in] rounded to value = scale · n with n from -120 to 120 and a scale for each row:
// the same numbers that motet-export stores as int8. Without gradient.
torch::Tensor RoundedToInt8(const torch::Tensor& weight);

}  // namespace motet::trainer
