#include "metrics/transients.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metrics/onsets.h"

namespace motet::metrics {
namespace {

constexpr size_t kWindow = 1024;
constexpr double kWindowSum = kWindow / 2.0;
constexpr double kCompression = 1e4;
constexpr double kFloor = 1e-4;  // -80 dB
constexpr size_t kFluxLag = 2;
// To the nearest.
constexpr ptrdiff_t Blocks(ptrdiff_t milliseconds) {
  return (2 * milliseconds * kSampleRate / static_cast<ptrdiff_t>(1000 * kEnergyBlock) + 1) / 2;
}
constexpr ptrdiff_t kTolerance = Blocks(50);
constexpr ptrdiff_t kSide = Blocks(20);
constexpr double kLeast = 1e-6;  // -60 dB

size_t Matches(const std::vector<size_t>& a, const std::vector<size_t>& b) {
  size_t matched = 0;
  for (size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const auto distance = static_cast<ptrdiff_t>(a[i]) - static_cast<ptrdiff_t>(b[k]);
    if (std::abs(distance) <= kTolerance) {
      ++matched;
      ++i;
      ++k;
    } else if (distance < 0) {
      ++i;
    } else {
      ++k;
    }
  }
  return matched;
}

double Decibels(double magnitude) { return 20 * std::log10(std::max(magnitude, kFloor)); }

}  // namespace

std::optional<double> TransientSmear::f_score() const {
  if (reference_onsets == 0) return std::nullopt;
  return 2 * static_cast<double>(matched) / static_cast<double>(reference_onsets + degraded_onsets);
}

Transients::Transients(size_t channels)
    : channels_(channels), frames_(kWindow, kOnsetHop, channels), bands_(SlaneyBands(kWindow, 40)) {
  for (MelBand& band : bands_) {
    const double sum = std::accumulate(band.weights.begin(), band.weights.end(), 0.0);
    for (double& weight : band.weights) weight /= sum;
  }
}

void Transients::Push(const float* const* reference, const float* const* degraded, size_t samples) {
  if (samples == 0) return;
  if (samples_ == 0) {
    const std::vector<float> zeros(kWindow / 2);
    const std::vector<const float*> silence(channels_, zeros.data());
    PushFrames(silence.data(), silence.data(), zeros.size());
  }
  AddEnergy(reference, samples, reference_);
  AddEnergy(degraded, samples, degraded_);
  PushFrames(reference, degraded, samples);
  samples_ += samples;
}

void Transients::AddEnergy(const float* const* samples, size_t count, Signal& signal) const {
  signal.energy.resize((samples_ + count + kEnergyBlock - 1) / kEnergyBlock);
  for (size_t channel = 0; channel < channels_; ++channel) {
    for (size_t i = 0; i < count; ++i)
      signal.energy[(samples_ + i) / kEnergyBlock] += samples[channel][i] * samples[channel][i];
  }
}

void Transients::PushFrames(const float* const* reference, const float* const* degraded,
                            size_t samples) {
  frames_.Push(reference, degraded, samples, [this](const auto& x, const auto& y) {
    const Bands a = BandsOf(x);
    const Bands b = BandsOf(y);
    AddFlux(a, reference_);
    AddFlux(b, degraded_);
    double error = 0;
    for (size_t i = 0; i < a.size(); ++i) error += std::abs(Decibels(a[i]) - Decibels(b[i]));
    errors_.push_back(static_cast<float>(error / static_cast<double>(a.size())));
  });
}

Transients::Bands Transients::BandsOf(const SpectrumFrames::Spectra& spectra) const {
  Bands bands{};
  for (size_t i = 0; i < bands.size(); ++i) {
    for (size_t k = 0; k < bands_[i].weights.size(); ++k) {
      double power = 0;
      for (const auto& spectrum : spectra) power += std::norm(spectrum[bands_[i].first_bin + k]);
      bands[i] += bands_[i].weights[k] * std::sqrt(power) / kWindowSum;
    }
  }
  return bands;
}

void Transients::AddFlux(const Bands& bands, Signal& signal) {
  Bands pattern;
  for (size_t i = 0; i < bands.size(); ++i) pattern[i] = std::log10(1 + kCompression * bands[i]);
  double flux = 0;
  if (signal.pattern.size() == kFluxLag) {
    for (size_t i = 0; i < bands.size(); ++i)
      flux += std::max(pattern[i] - signal.pattern.front()[i], 0.0);
    signal.pattern.erase(signal.pattern.begin());
  } else {
    // Before the signal there was silence.
    flux = std::accumulate(pattern.begin(), pattern.end(), 0.0);
  }
  signal.pattern.push_back(pattern);
  signal.flux.push_back(static_cast<float>(flux / static_cast<double>(bands.size())));
}

TransientSmear Transients::Finish() {
  TransientSmear smear;
  if (samples_ == 0) return smear;
  const std::vector<float> zeros(kWindow / 2);
  const std::vector<const float*> silence(channels_, zeros.data());
  PushFrames(silence.data(), silence.data(), zeros.size());

  const std::vector<size_t> onsets = FindOnsets(reference_.flux, reference_.energy);
  const std::vector<size_t> decoded = FindOnsets(degraded_.flux, degraded_.energy);
  smear.reference_onsets = onsets.size();
  smear.degraded_onsets = decoded.size();
  smear.matched = Matches(onsets, decoded);
  if (onsets.empty()) return smear;

  double before = 0;
  std::array<double, kOnsetLags> errors{};
  std::array<size_t, kOnsetLags> taken{};
  for (const size_t onset : onsets) {
    const auto at = static_cast<ptrdiff_t>(onset);
    const auto ratio = [at](const Signal& signal) {
      // Not the block right before: the attack may begin in it.
      const double ahead = EnergyOf(signal.energy, at - 1 - kSide, kSide);
      const double after = EnergyOf(signal.energy, at, kSide);
      if (after == 0) return 0.0;  // nothing is left of the attack
      return 10 * std::log10(std::max(ahead / after, kLeast));
    };
    before += ratio(degraded_) - ratio(reference_);
    const auto frame = static_cast<ptrdiff_t>((onset * kEnergyBlock + kOnsetHop / 2) / kOnsetHop);
    for (size_t i = 0; i < kOnsetLags; ++i) {
      const ptrdiff_t t = frame + kFirstOnsetLag + static_cast<ptrdiff_t>(i);
      if (t < 0 || t >= std::ssize(errors_)) continue;
      errors[i] += errors_[static_cast<size_t>(t)];
      ++taken[i];
    }
  }
  smear.before_db = before / static_cast<double>(onsets.size());
  for (size_t i = 0; i < kOnsetLags; ++i) {
    if (taken[i] > 0) smear.error_db[i] = errors[i] / static_cast<double>(taken[i]);
  }
  return smear;
}

}  // namespace motet::metrics
