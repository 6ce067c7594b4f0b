// Levels in decibels.
#pragma once

#include <numbers>

namespace motet::core {

// 10^(db/20), without std::pow, whose tables would be a fiftieth of the WebAssembly module.
inline double Amplitude(double db) {
  // e^x = (e^(x/1024))^1024, by the first terms of its series.
  const double x = db * (std::numbers::ln10 / 20) / 1024;
  double y = 1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5))));
  for (int i = 0; i < 10; ++i) y *= y;
  return y;
}

// 10^(db/10).
inline double Power(double db) { return Amplitude(2 * db); }

}  // namespace motet::core
