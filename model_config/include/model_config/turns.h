// Cosine and sine of parts of a turn, to 1e-15, without the C library's, whose reduction of large
// angles would be a sixtieth of the WebAssembly module.
#pragma once

#include <cmath>
#include <numbers>

namespace motet {

// cos(2π · turns).
inline double CosineOfTurns(double turns) {
  double t = std::abs(turns - std::floor(turns + 0.5));  // 0…1/2
  const double sign = t > 0.25 ? -1 : 1;
  if (t > 0.25) t = 0.5 - t;
  // The series of the cosine up to an eighth of a turn, that of the sine beyond.
  const bool is_sine = t > 0.125;
  const double x = 2 * std::numbers::pi * (is_sine ? 0.25 - t : t);
  double sum = 0;
  for (int n = is_sine ? 19 : 18; n >= 2; n -= 2) sum = (1 + sum) * -(x * x) / (n * (n - 1));
  return sign * (is_sine ? x : 1) * (1 + sum);
}

// sin(2π · turns).
inline double SineOfTurns(double turns) { return CosineOfTurns(turns - 0.25); }

}  // namespace motet
