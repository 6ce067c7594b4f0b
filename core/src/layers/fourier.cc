#include "layers/fourier.h"

#include <cmath>
#include <numbers>
#include <string>

namespace motet::core {
namespace {

enum { kRealEven, kRealOdd, kImaginaryEven, kImaginaryOdd };

}  // namespace

Fourier::Fourier(Builder& builder, FourierDirection direction, size_t rows_per_frame)
    : direction_(direction), window_(builder.config().analysis.window) {
  builder.Register(this, kFine);
  const bool forward = direction == FourierDirection::kForward;
  const size_t quarter = window_ / 4;
  const size_t rows = rows_per_frame * builder.max_frames(kFine);
  // Samples at which all sines of a part are zero (at the edge or the quarter) are left out.
  const auto describe = [](Part& part, bool imaginary, size_t first_bin, size_t bins,
                           size_t first_sample, size_t samples) {
    part.imaginary = imaginary;
    part.first_bin = first_bin;
    part.bins = bins;
    part.first_sample = first_sample;
    part.samples = samples;
  };
  describe(parts_[kRealEven], false, 0, quarter + 1, 0, quarter + 1);
  describe(parts_[kRealOdd], false, 1, quarter, 0, quarter);
  describe(parts_[kImaginaryEven], true, 2, quarter - 1, 1, quarter - 1);
  describe(parts_[kImaginaryOdd], true, 1, quarter, 1, quarter);
  for (size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    const size_t in = forward ? part.samples : part.bins;
    const size_t out = forward ? part.bins : part.samples;
    part.product = std::make_unique<Linear>(
        builder, (forward ? "(analysis " : "(synthesis ") + std::to_string(i) + ")", in, out, kFine,
        rows_per_frame, [this, &part](float* matrix) { FillMatrix(part, matrix); });
    builder.Allocate(&part.in, rows * in);
    builder.Allocate(&part.out, rows * out);
  }

  builder.Allocate(&taper_, window_);
  builder.Allocate(&even_, window_ / 2 + 1);
  builder.Allocate(&odd_, window_ / 2 + 1);
  if (!builder.status().ok()) return;
  const double root = std::sqrt(static_cast<double>(window_) / 2);  // 16 for 512
  const double scale = forward ? 1 / root : root / static_cast<double>(window_);
  for (size_t n = 0; n < window_; ++n) {
    taper_[n] = static_cast<float>(
        scale * std::sin(std::numbers::pi * static_cast<double>(n) / static_cast<double>(window_)));
  }
}

void Fourier::FillMatrix(const Part& part, float* matrix) const {
  const bool forward = direction_ == FourierDirection::kForward;
  const size_t columns = forward ? part.samples : part.bins;
  for (size_t j = 0; j < part.bins; ++j) {
    for (size_t i = 0; i < part.samples; ++i) {
      const size_t k = part.first_bin + 2 * j, n = part.first_sample + i;
      const double angle = 2 * std::numbers::pi * static_cast<double>(k * n % window_) /
                           static_cast<double>(window_);
      // Backwards, every bin but the first and the last stands for two, itself and its mirror
      // image.
      const double count = forward || k == 0 || k == window_ / 2 ? 1 : 2;
      const double wave = part.imaginary ? -std::sin(angle) : std::cos(angle);
      matrix[forward ? j * columns + i : i * columns + j] = static_cast<float>(count * wave);
    }
  }
}

size_t Fourier::FirstIndex(const Part& part) const {
  return part.imaginary ? window_ / 2 + part.first_bin : part.first_bin;
}

void Fourier::Fold(const float* window, size_t row) {
  const size_t half = window_ / 2, quarter = window_ / 4;
  const float* taper = taper_.data();
  float* even = even_.data();
  float* odd = odd_.data();
  even[0] = taper[0] * window[0];
  even[half] = taper[half] * window[half];
  for (size_t n = 1; n < half; ++n) {
    const float early = taper[n] * window[n];
    const float late = taper[window_ - n] * window[window_ - n];
    even[n] = early + late;
    odd[n] = early - late;
  }
  float* real_even = parts_[kRealEven].in.data() + row * parts_[kRealEven].samples;
  float* real_odd = parts_[kRealOdd].in.data() + row * parts_[kRealOdd].samples;
  float* imaginary_even = parts_[kImaginaryEven].in.data() + row * parts_[kImaginaryEven].samples;
  float* imaginary_odd = parts_[kImaginaryOdd].in.data() + row * parts_[kImaginaryOdd].samples;
  for (size_t n = 0; n < quarter; ++n) {
    real_even[n] = even[n] + even[half - n];
    real_odd[n] = even[n] - even[half - n];
  }
  real_even[quarter] = even[quarter];
  for (size_t n = 1; n < quarter; ++n) {
    imaginary_even[n - 1] = odd[n] - odd[half - n];
    imaginary_odd[n - 1] = odd[n] + odd[half - n];
  }
  imaginary_odd[quarter - 1] = odd[quarter];
}

void Fourier::Unfold(size_t row, float* window) {
  const size_t half = window_ / 2, quarter = window_ / 4;
  const float* taper = taper_.data();
  float* even = even_.data();
  float* odd = odd_.data();
  const float* real_even = parts_[kRealEven].out.data() + row * parts_[kRealEven].samples;
  const float* real_odd = parts_[kRealOdd].out.data() + row * parts_[kRealOdd].samples;
  const float* imaginary_even =
      parts_[kImaginaryEven].out.data() + row * parts_[kImaginaryEven].samples;
  const float* imaginary_odd =
      parts_[kImaginaryOdd].out.data() + row * parts_[kImaginaryOdd].samples;
  for (size_t n = 0; n < quarter; ++n) {
    even[n] = real_even[n] + real_odd[n];
    even[half - n] = real_even[n] - real_odd[n];
  }
  even[quarter] = real_even[quarter];
  for (size_t n = 1; n < quarter; ++n) {
    odd[n] = imaginary_odd[n - 1] + imaginary_even[n - 1];
    odd[half - n] = imaginary_odd[n - 1] - imaginary_even[n - 1];
  }
  odd[quarter] = imaginary_odd[quarter - 1];
  window[0] = taper[0] * even[0];
  window[half] = taper[half] * even[half];
  for (size_t n = 1; n < half; ++n) {
    window[n] = taper[n] * (even[n] + odd[n]);
    window[window_ - n] = taper[window_ - n] * (even[n] - odd[n]);
  }
}

void Fourier::Step(size_t rows, const float* x, float* y) {
  const bool forward = direction_ == FourierDirection::kForward;
  for (size_t row = 0; row < rows; ++row, x += window_) {
    if (forward) {
      Fold(x, row);
      continue;
    }
    for (Part& part : parts_) {
      const float* from = x + FirstIndex(part);
      float* in = part.in.data() + row * part.bins;
      for (size_t j = 0; j < part.bins; ++j) in[j] = from[2 * j];
    }
  }
  for (Part& part : parts_) part.product->Step(rows, part.in.data(), part.out.data());
  for (size_t row = 0; row < rows; ++row, y += window_) {
    if (!forward) {
      Unfold(row, y);
      continue;
    }
    for (const Part& part : parts_) {
      const float* out = part.out.data() + row * part.bins;
      float* to = y + FirstIndex(part);
      for (size_t j = 0; j < part.bins; ++j) to[2 * j] = out[j];
    }
  }
}

}  // namespace motet::core
