#include "graph/fourier.h"

#include <cmath>
#include <numbers>

namespace motet::exporter {
namespace {

// cos (Re) or -sin (Im) of 2 pi k n / window times the sine window.
double Wave(int64_t value, int64_t n, int64_t window) {
  const bool real = value <= window / 2;
  const int64_t k = real ? value : value - window / 2;
  // k n modulo the window keeps the angle small, and its sine exact.
  const double turn = static_cast<double>(k * n % window) / static_cast<double>(window);
  const double angle = 2 * std::numbers::pi * turn;
  const double taper =
      std::sin(std::numbers::pi * static_cast<double>(n) / static_cast<double>(window));
  return taper * (real ? std::cos(angle) : -std::sin(angle));
}

// The inner bins stand for those of negative frequency, too.
double ValueWeight(int64_t value, int64_t window) {
  return value == 0 || value == window / 2 ? 1 : 2;
}

double Scale(int64_t window) { return std::sqrt(static_cast<double>(window) / 2); }  // 16 for 512

}  // namespace

std::vector<float> AnalysisBasis(int64_t window) {
  std::vector<float> basis;
  for (int64_t value = 0; value < window; ++value) {
    for (int64_t n = 0; n < window; ++n) {
      basis.push_back(static_cast<float>(Wave(value, n, window) / Scale(window)));
    }
  }
  return basis;
}

std::vector<float> SynthesisBasis(int64_t window) {
  std::vector<float> basis;
  for (int64_t value = 0; value < window; ++value) {
    const double weight = ValueWeight(value, window);
    for (int64_t n = 0; n < window; ++n) {
      basis.push_back(static_cast<float>(weight * Wave(value, n, window) * Scale(window) /
                                         static_cast<double>(window)));
    }
  }
  return basis;
}

std::vector<float> AnalysisOverSynthesis(int64_t window) {
  std::vector<float> factors;
  for (int64_t value = 0; value < window; ++value)
    factors.push_back(static_cast<float>(2 / ValueWeight(value, window)));
  return factors;
}

}  // namespace motet::exporter
