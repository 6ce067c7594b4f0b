#include "metrics/tonal.h"

#include <algorithm>
#include <cmath>

namespace motet::metrics {
namespace {

constexpr size_t kWindow = 2048;
constexpr size_t kHop = 512;
constexpr double kWindowSum = kWindow / 2.0;
constexpr ptrdiff_t kAround = 7;      // bins on each side that the fine structure is relative to
constexpr double kCompanding = -0.6;  // the power 0.4, less the 1 that X has already
constexpr double kCompandingFloor = 1e-7;
constexpr double kLogFloor = 1e-5;     // -100 dB
constexpr double kNoStructure = 1e-9;  // dB^2: what rounding makes of a flat spectrum

size_t BinBelow(double hz) { return static_cast<size_t>(hz / kSampleRate * kWindow); }

// Bins that count, from 0 Hz on: those of the bands, and those that the highest is relative to.
size_t UsedBins() { return BinBelow(kTonalEdgesHz.back()) + kAround; }

double Correlation(double cross, double a, double b) { return cross / std::sqrt(a * b); }

}  // namespace

TonalSums& TonalSums::operator+=(const TonalSums& other) {
  for (size_t i = 0; i < bands.size(); ++i) {
    bands[i].cross += other.bands[i].cross;
    bands[i].reference += other.bands[i].reference;
    bands[i].degraded += other.bands[i].degraded;
    bands[i].fine_cross += other.bands[i].fine_cross;
    bands[i].fine_reference += other.bands[i].fine_reference;
    bands[i].fine_degraded += other.bands[i].fine_degraded;
  }
  return *this;
}

TonalRow TonalSums::coherence() const {
  TonalRow row;
  for (size_t i = 0; i < bands.size(); ++i) {
    if (bands[i].reference > 0 && bands[i].degraded > 0)
      row[i] = std::norm(bands[i].cross) / (bands[i].reference * bands[i].degraded);
  }
  return row;
}

TonalRow TonalSums::fine() const {
  TonalRow row;
  for (size_t i = 0; i < bands.size(); ++i) {
    if (bands[i].fine_reference > kNoStructure && bands[i].fine_degraded > kNoStructure) {
      row[i] = Correlation(bands[i].fine_cross, bands[i].fine_reference, bands[i].fine_degraded);
    }
  }
  return row;
}

Tonal::Tonal(size_t channels) : channels_(channels), frames_(kWindow, kHop, 1) {
  for (Frame* frame : {&reference_, &degraded_}) {
    frame->companded.resize(UsedBins());
    frame->decibels.resize(UsedBins());
    frame->fine.resize(UsedBins() - kAround);
  }
}

void Tonal::Push(const float* const* reference, const float* const* degraded, size_t samples) {
  if (samples == 0) return;
  const auto mix = [&](const float* const* signal, std::vector<float>& mid) {
    const size_t zeros = samples_ == 0 ? kWindow / 2 : 0;
    mid.assign(zeros + samples, 0.0f);
    for (size_t i = 0; i < samples; ++i)
      mid[zeros + i] = (signal[0][i] + signal[channels_ - 1][i]) / 2;
  };
  mix(reference, reference_mid_);
  mix(degraded, degraded_mid_);
  PushMid(reference_mid_, degraded_mid_);
  samples_ += samples;
}

TonalSums Tonal::Finish() {
  if (samples_ > 0) {
    // Half a window of zeros, and more up to a whole number of hops.
    const std::vector<float> zeros(kWindow / 2 + (kHop - samples_ % kHop) % kHop);
    PushMid(zeros, zeros);
  }
  return sums_;
}

void Tonal::PushMid(const std::vector<float>& reference, const std::vector<float>& degraded) {
  const float* const a = reference.data();
  const float* const b = degraded.data();
  frames_.Push(&a, &b, reference.size(), [this](const auto& x, const auto& y) {
    Look(x[0], reference_);
    Look(y[0], degraded_);
    Add();
  });
}

void Tonal::Look(const std::vector<std::complex<double>>& spectrum, Frame& frame) {
  for (size_t k = 0; k < frame.companded.size(); ++k) {
    const std::complex<double> value = spectrum[k] / kWindowSum;
    const double magnitude = std::abs(value);
    frame.companded[k] = value * std::pow(magnitude + kCompandingFloor, kCompanding);
    frame.decibels[k] = 20 * std::log10(magnitude + kLogFloor);
  }
  for (size_t k = 0; k < frame.fine.size(); ++k) {
    double sum = 0;
    for (ptrdiff_t i = -kAround; i <= kAround; ++i) {
      const ptrdiff_t bin = static_cast<ptrdiff_t>(k) + i;
      sum += frame.decibels[static_cast<size_t>(bin >= 0 ? bin : -1 - bin)];
    }
    frame.fine[k] = frame.decibels[k] - sum / (2 * kAround + 1);
  }
}

void Tonal::Add() {
  for (size_t i = 0; i < kTonalBands; ++i) {
    TonalSums::Band& band = sums_.bands[i];
    for (size_t k = BinBelow(kTonalEdgesHz[i]); k < BinBelow(kTonalEdgesHz[i + 1]); ++k) {
      const std::complex<double> x = reference_.companded[k];
      const std::complex<double> y = degraded_.companded[k];
      band.cross += x * std::conj(y);
      band.reference += std::norm(x);
      band.degraded += std::norm(y);
      const double d = reference_.fine[k];
      const double e = degraded_.fine[k];
      band.fine_cross += d * e;
      band.fine_reference += d * d;
      band.fine_degraded += e * e;
    }
  }
}

}  // namespace motet::metrics
