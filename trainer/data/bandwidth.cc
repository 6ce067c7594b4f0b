#include "data/bandwidth.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>

namespace motet::data {
namespace {

constexpr std::size_t kWindow = 2048;
constexpr double kSilenceDb = -200.0;
constexpr double kThresholdDb = -90.0;
constexpr double kWallDb = 30.0;
constexpr std::size_t kWallBands = 2;

// In-place radix-2 transform of kWindow points; plain, because this is not where the time goes
// (decoding is).
class Fourier {
 public:
  Fourier() : twiddles_(kWindow / 2), window_(kWindow) {
    for (std::size_t i = 0; i < kWindow / 2; ++i) {
      const double angle = -2.0 * std::numbers::pi * static_cast<double>(i) / kWindow;
      twiddles_[i] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    }
    for (std::size_t i = 0; i < kWindow; ++i) {
      const double angle = 2.0 * std::numbers::pi * static_cast<double>(i) / kWindow;
      window_[i] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
    }
  }

  // Left as the real and right as the imaginary part: |X[k]|^2 + |X[-k]|^2 is then twice the sum
  // of both channels' power at k.
  void WindowAndTransform(const float* stereo, std::vector<std::complex<float>>& x) const {
    for (std::size_t i = 0, j = 0; i < kWindow; ++i) {
      x[j] = {stereo[2 * i] * window_[i], stereo[2 * i + 1] * window_[i]};
      std::size_t bit = kWindow >> 1;
      for (; (j & bit) != 0; bit >>= 1) j ^= bit;
      j ^= bit;
    }
    for (std::size_t half = 1; half < kWindow; half *= 2) {
      const std::size_t step = kWindow / (2 * half);
      for (std::size_t begin = 0; begin < kWindow; begin += 2 * half) {
        for (std::size_t k = 0; k < half; ++k) {
          const std::complex<float> w = twiddles_[k * step];
          const std::complex<float> a = x[begin + k];
          const std::complex<float> b = x[begin + k + half];
          const std::complex<float> c(w.real() * b.real() - w.imag() * b.imag(),
                                      w.real() * b.imag() + w.imag() * b.real());
          x[begin + k] = a + c;
          x[begin + k + half] = a - c;
        }
      }
    }
  }

 private:
  std::vector<std::complex<float>> twiddles_;
  std::vector<float> window_;
};

}  // namespace

std::vector<double> LongTermSpectrumDb(const std::vector<float>& stereo, int sample_rate) {
  static const Fourier fourier;
  const double hz_per_bin = static_cast<double>(sample_rate) / kWindow;
  const auto bands = static_cast<std::size_t>(sample_rate / 2.0 / kBandWidthHz);
  std::vector<double> power(kWindow / 2, 0.0);
  std::vector<std::complex<float>> x(kWindow);
  for (std::size_t begin = 0; begin + kWindow <= stereo.size() / 2; begin += kWindow) {
    fourier.WindowAndTransform(stereo.data() + 2 * begin, x);
    for (std::size_t k = 1; k < kWindow / 2; ++k) {
      power[k] += std::norm(x[k]) + std::norm(x[kWindow - k]);
    }
  }
  std::vector<double> band_power(bands, 0.0);
  for (std::size_t k = 1; k < kWindow / 2; ++k) {
    const auto band = static_cast<std::size_t>(static_cast<double>(k) * hz_per_bin / kBandWidthHz);
    if (band < bands) band_power[band] += power[k];
  }
  const double strongest = bands == 0 ? 0.0 : *std::ranges::max_element(band_power);
  std::vector<double> decibels(bands, kSilenceDb);
  for (std::size_t b = 0; b < bands; ++b) {
    if (band_power[b] > 0.0) {
      decibels[b] = std::max(kSilenceDb, 10.0 * std::log10(band_power[b] / strongest));
    }
  }
  return decibels;
}

double BandwidthHz(const std::vector<double>& spectrum_db) {
  const std::size_t bands = spectrum_db.size();
  std::size_t top = bands;
  while (top > 0 && spectrum_db[top - 1] < kThresholdDb) --top;
  // The strongest level from each band upwards.
  std::vector<double> above(bands + 1, kSilenceDb);
  for (std::size_t b = bands; b > 0; --b) above[b - 1] = std::max(above[b], spectrum_db[b - 1]);
  const auto lowest_wall = static_cast<std::size_t>(3000.0 / kBandWidthHz);
  for (std::size_t b = lowest_wall; b + kWallBands < bands && b < top; ++b) {
    if (spectrum_db[b] - above[b + kWallBands] >= kWallDb) {
      top = b + 1;
      break;
    }
  }
  return static_cast<double>(top) * kBandWidthHz;
}

}  // namespace motet::data
