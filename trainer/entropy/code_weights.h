// From what a network says to the weights of the codes in the range coder: docs/FORMAT.md, "Entropy
// coding".
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace motet::trainer {

// `z` are base-2 logarithms in 512ths; the weights are 1 to 32769.
inline std::array<int32_t, 256> CodeWeights(const std::array<int32_t, 256>& z) {
  const int32_t highest = *std::max_element(z.begin(), z.end());
  std::array<int32_t, 256> weights;
  for (size_t k = 0; k < z.size(); ++k) {
    const int32_t d = highest - z[k];
    const int32_t t = d & 511;
    const int32_t m = 32768 - ((t * (22006 - ((5622 * t) >> 9))) >> 9);
    weights[k] = d >= 8192 ? 1 : 1 + (m >> (d >> 9));
  }
  return weights;
}

}  // namespace motet::trainer
