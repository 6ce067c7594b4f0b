#include "metrics/spectrum.h"

#include <algorithm>
#include <cmath>
#include <kissfft/kissfft.hh>
#include <numbers>

namespace motet::metrics {
namespace {

// Index into a signal of `size` samples that is reflected at both ends, without repeating the end
// samples.
size_t Reflect(ptrdiff_t index, size_t size) {
  if (size == 1) return 0;
  const auto period = static_cast<ptrdiff_t>(2 * (size - 1));
  index = ((index % period) + period) % period;
  return static_cast<size_t>(std::min(index, period - index));
}

void ReflectBefore(std::vector<double>& signal, size_t count) {
  std::vector<double> before(count);
  for (size_t i = 0; i < before.size(); ++i) before[i] = signal[before.size() - i];
  signal.insert(signal.begin(), before.begin(), before.end());
}

void ReflectAfter(std::vector<double>& signal, size_t count) {
  const size_t last = signal.size() - 1;
  for (size_t i = 1; i <= count; ++i) signal.push_back(signal[last - i]);
}

// Both ends of a signal that is shorter than what is reflected.
void ReflectShort(std::vector<double>& signal, size_t count) {
  const std::vector<double> middle = signal;
  const auto around = static_cast<ptrdiff_t>(count);
  signal.clear();
  for (ptrdiff_t i = -around; i < static_cast<ptrdiff_t>(middle.size()) + around; ++i)
    signal.push_back(middle[Reflect(i, middle.size())]);
}

}  // namespace

struct HannSpectrum::State {
  explicit State(size_t window) : fft(window / 2, false), shape(window), frame(window) {
    for (size_t n = 0; n < window; ++n)
      shape[n] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) /
                                      static_cast<double>(window));
  }
  kissfft<double> fft;  // of half the size: two real samples are one complex one
  std::vector<double> shape;
  std::vector<double> frame;
};

HannSpectrum::HannSpectrum(size_t window)
    : window_(window), state_(std::make_unique<State>(window)) {}
HannSpectrum::HannSpectrum(HannSpectrum&&) noexcept = default;
HannSpectrum& HannSpectrum::operator=(HannSpectrum&&) noexcept = default;
HannSpectrum::~HannSpectrum() = default;

void HannSpectrum::Transform(std::span<const double> samples,
                             std::span<std::complex<double>> spectrum) {
  for (size_t n = 0; n < window_; ++n) state_->frame[n] = samples[n] * state_->shape[n];
  state_->fft.transform_real(state_->frame.data(), spectrum.data());
  spectrum[window_ / 2] = spectrum[0].imag();  // kissfft keeps the Nyquist bin beside the first
  spectrum[0] = spectrum[0].real();
}

SpectrumFrames::SpectrumFrames(size_t window, size_t hop, size_t channels)
    : spectrum_(window), hop_(hop) {
  for (Signal& signal : signals_) {
    signal.pending.resize(channels);
    signal.spectra.assign(channels, std::vector<std::complex<double>>(spectrum_.bins()));
  }
}

void SpectrumFrames::Push(const float* const* reference, const float* const* degraded,
                          size_t samples, const Take& take) {
  const std::array<const float* const*, 2> inputs = {reference, degraded};
  for (size_t s = 0; s < signals_.size(); ++s) {
    for (size_t channel = 0; channel < channels(); ++channel) {
      auto& pending = signals_[s].pending[channel];
      pending.insert(pending.end(), inputs[s][channel], inputs[s][channel] + samples);
    }
  }
  size_t begin = 0;
  const size_t available = signals_[0].pending[0].size();
  for (; available - begin >= window(); begin += hop_) {
    for (Signal& signal : signals_) {
      for (size_t channel = 0; channel < channels(); ++channel)
        spectrum_.Transform(std::span(signal.pending[channel]).subspan(begin, window()),
                            signal.spectra[channel]);
    }
    take(signals_[0].spectra, signals_[1].spectra);
  }
  for (Signal& signal : signals_) {
    for (auto& pending : signal.pending)
      pending.erase(pending.begin(), pending.begin() + static_cast<ptrdiff_t>(begin));
  }
}

ReflectedFrames::ReflectedFrames(size_t window, size_t channels)
    : spectrum_(window),
      bins_(spectrum_.bins()),
      reference_magnitudes_(spectrum_.bins()),
      degraded_magnitudes_(spectrum_.bins()),
      reference_(channels),
      degraded_(channels) {}

template <typename F>
void ReflectedFrames::ForEachChannel(F change) {
  std::ranges::for_each(reference_, change);
  std::ranges::for_each(degraded_, change);
}

void ReflectedFrames::Push(const float* const* reference, const float* const* degraded,
                           size_t samples, const Take& take) {
  for (size_t channel = 0; channel < reference_.size(); ++channel) {
    reference_[channel].insert(reference_[channel].end(), reference[channel],
                               reference[channel] + samples);
    degraded_[channel].insert(degraded_[channel].end(), degraded[channel],
                              degraded[channel] + samples);
  }
  const size_t half = spectrum_.window() / 2;
  if (!begun_) {
    if (reference_[0].size() <= half) return;
    ForEachChannel([half](std::vector<double>& signal) { ReflectBefore(signal, half); });
    begun_ = true;
  }
  TakeFrames(take);
}

void ReflectedFrames::Finish(const Take& take) {
  const size_t half = spectrum_.window() / 2;
  ForEachChannel([this, half](std::vector<double>& signal) {
    if (begun_) {
      ReflectAfter(signal, half);
    } else {
      ReflectShort(signal, half);
    }
  });
  TakeFrames(take);
}

void ReflectedFrames::TakeFrames(const Take& take) {
  const size_t window = spectrum_.window();
  size_t begin = 0;
  for (; reference_[0].size() - begin >= window; begin += window / 4) {
    for (size_t channel = 0; channel < reference_.size(); ++channel) {
      Magnitudes(std::span(reference_[channel]).subspan(begin, window), reference_magnitudes_);
      Magnitudes(std::span(degraded_[channel]).subspan(begin, window), degraded_magnitudes_);
      take(reference_magnitudes_, degraded_magnitudes_);
    }
  }
  ForEachChannel([begin](std::vector<double>& signal) {
    signal.erase(signal.begin(), signal.begin() + static_cast<ptrdiff_t>(begin));
  });
}

void ReflectedFrames::Magnitudes(std::span<const double> samples, std::vector<double>& magnitudes) {
  spectrum_.Transform(samples, bins_);
  for (size_t k = 0; k < bins_.size(); ++k) magnitudes[k] = std::sqrt(std::norm(bins_[k]));
  magnitudes.front() = std::abs(bins_.front().real());  // real: no square that could underflow
  magnitudes.back() = std::abs(bins_.back().real());
}

}  // namespace motet::metrics
