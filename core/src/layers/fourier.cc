#include "layers/fourier.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "model_config/turns.h"

namespace motet::core {

Fourier::Fourier(Builder& builder, FourierDirection direction, size_t rows_per_frame)
    : direction_(direction),
      window_(builder.config().analysis.window),
      rows_per_frame_(rows_per_frame) {
  builder.Register(this, kFine);
  builder.Allocate(&taper_, window_);
  builder.Allocate(&turns_, 2 * window_);
  builder.Allocate(&scratch_, 2 * window_ * kFourierRows);
  if (!builder.status().ok()) return;
  const auto size = static_cast<double>(window_);
  const double root = std::sqrt(size / 2);  // 16 for 512
  const double scale = direction_ == FourierDirection::kForward ? 1 / (2 * root) : root / size;
  for (size_t n = 0; n < window_; ++n) {
    const double turn = static_cast<double>(n) / size;
    taper_[n] = static_cast<float>(scale * SineOfTurns(turn / 2));
    turns_[n] = static_cast<float>(CosineOfTurns(turn));
    turns_[window_ + n] = static_cast<float>(SineOfTurns(turn));
  }
}

void Fourier::Step(size_t rows, const float* x, float* y) {
  const auto transform =
      direction_ == FourierDirection::kForward ? kernels_.fourier : kernels_.inverse_fourier;
  for (size_t row = 0; row < rows; row += kFourierRows) {
    transform(x + row * window_, std::min(rows - row, kFourierRows), window_, taper_.data(),
              turns_.data(), scratch_.data(), y + row * window_);
  }
}

double Fourier::multiply_adds() const {
  // Half the length, complex: a turn and an addition for each value in each of log2 stages; then
  // one more of each to part even samples from odd ones.
  const size_t half = window_ / 2, stages = std::bit_width(half) - 1;
  return static_cast<double>(rows_per_frame_ * 2 * half * (stages + 2));
}

}  // namespace motet::core
