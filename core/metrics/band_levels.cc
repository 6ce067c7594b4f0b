#include "metrics/band_levels.h"

#include <algorithm>
#include <cmath>

namespace motet::metrics {
namespace {

constexpr size_t kWindow = 2048;
constexpr size_t kHop = 1024;
constexpr double kWindowSum = kWindow / 2.0;
constexpr double kPresent = 1e-6;  // of the strongest band's power
constexpr double kFloor = 1e-10;   // -100 dB

double Decibels(double power) { return 10 * std::log10(std::max(power, kFloor)); }

// Band i > 0 is around 10^((i + 19) / 10) Hz, a twentieth of a decade to each side.
size_t BandOf(double hz) {
  const double place = std::floor(10 * std::log10(hz) - 19 + 0.5);
  return static_cast<size_t>(std::max(place, 0.0));
}

}  // namespace

const std::array<double, kLevelBands> kLevelBandsHz = {
    50,   100,  125,  160,  200,  250,  315,  400,  500,   630,   800,   1000, 1250,
    1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500, 16000, 20000};

std::optional<double> BandDifferences::bias_db() const {
  double sum = 0;
  int bands = 0;
  for (const std::optional<double>& level : level_db) {
    if (!level) continue;
    sum += std::abs(*level);
    ++bands;
  }
  if (bands == 0) return std::nullopt;
  return sum / bands;
}

BandLevels::BandLevels(size_t channels) : frames_(kWindow, kHop, channels) {
  band_of_bin_.assign(kWindow / 2 + 1, kLevelBands);
  for (size_t bin = 1; bin < band_of_bin_.size(); ++bin) {
    band_of_bin_[bin] =
        std::min(BandOf(static_cast<double>(bin) * kSampleRate / kWindow), kLevelBands);
  }
}

void BandLevels::Push(const float* const* reference, const float* const* degraded, size_t samples) {
  frames_.Push(reference, degraded, samples, [this](const auto& x, const auto& y) {
    const Powers a = PowersOf(x);
    const Powers b = PowersOf(y);
    for (size_t i = 0; i < kLevelBands; ++i) {
      reference_[i] += a[i];
      degraded_[i] += b[i];
      errors_[i] += std::abs(Decibels(a[i]) - Decibels(b[i]));
    }
    ++taken_;
  });
}

BandLevels::Powers BandLevels::PowersOf(const SpectrumFrames::Spectra& spectra) const {
  Powers powers{};
  for (const auto& spectrum : spectra) {
    for (size_t bin = 0; bin < band_of_bin_.size(); ++bin) {
      if (band_of_bin_[bin] < kLevelBands)
        powers[band_of_bin_[bin]] += std::norm(spectrum[bin] / kWindowSum);
    }
  }
  return powers;
}

BandDifferences BandLevels::Finish() const {
  BandDifferences differences;
  if (taken_ == 0) return differences;
  const double strongest = *std::ranges::max_element(reference_);
  const auto frames = static_cast<double>(taken_);
  for (size_t i = 0; i < kLevelBands; ++i) {
    differences.error_db[i] = errors_[i] / frames;
    if (reference_[i] > 0 && reference_[i] >= strongest * kPresent)
      differences.level_db[i] = Decibels(degraded_[i] / frames) - Decibels(reference_[i] / frames);
  }
  return differences;
}

}  // namespace motet::metrics
