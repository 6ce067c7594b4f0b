#include "metrics/alignment.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <kissfft/kissfft.hh>
#include <numeric>

#include "metrics/mel_bands.h"
#include "metrics/spectrum.h"

namespace motet::metrics {
namespace {

constexpr size_t kLooked = size_t{6} * kSampleRate;
constexpr size_t kLargest = 16384;  // samples of offset
constexpr double kClear = 0.5;      // a correlation that means something
constexpr double kMargin = 0.1;
constexpr size_t kWindow = 1024;
constexpr size_t kHop = 512;
constexpr size_t kBands = 40;
constexpr double kWindowSum = kWindow / 2.0;

using Complex = std::complex<double>;
using Pattern = std::vector<double>;  // [frame x band]

void Append(const float* const* signal, size_t channels, size_t count, std::vector<float>& mid) {
  for (size_t i = 0; i < count; ++i) mid.push_back((signal[0][i] + signal[channels - 1][i]) / 2);
}

double Energy(const std::vector<float>& signal) {
  return std::inner_product(signal.begin(), signal.end(), signal.begin(), 0.0);
}

ptrdiff_t Offset(const std::vector<float>& reference, const std::vector<float>& degraded) {
  const double scale = std::sqrt(Energy(reference) * Energy(degraded));
  if (scale == 0) return 0;
  size_t size = 1;
  while (size < reference.size() + kLargest) size *= 2;
  // One transform of both: the one is real, the other imaginary.
  std::vector<Complex> both(size);
  for (size_t i = 0; i < reference.size(); ++i) both[i] = {reference[i], degraded[i]};
  std::vector<Complex> spectrum(size);
  kissfft<double>(size, false).transform(both.data(), spectrum.data());
  std::vector<Complex> cross(size);
  for (size_t k = 0; k < size; ++k) {
    const Complex mirrored = std::conj(spectrum[(size - k) % size]);
    const Complex x = (spectrum[k] + mirrored) / 2.0;
    const Complex y = (spectrum[k] - mirrored) / Complex(0, 2);
    cross[k] = y * std::conj(x);
  }
  kissfft<double>(size, true).transform(cross.data(), both.data());
  const auto correlation = [&](ptrdiff_t lag) {
    const auto at = static_cast<size_t>(lag >= 0 ? lag : lag + static_cast<ptrdiff_t>(size));
    return both[at].real() / static_cast<double>(size) / scale;
  };
  ptrdiff_t best = 0;
  const auto largest = static_cast<ptrdiff_t>(std::min(kLargest, reference.size() - 1));
  for (ptrdiff_t lag = -largest; lag <= largest; ++lag) {
    if (correlation(lag) > correlation(best)) best = lag;
  }
  return correlation(best) >= kClear && correlation(best) > correlation(0) + kMargin ? best : 0;
}

// With the mean of each band removed.
void Center(Pattern& pattern) {
  const size_t frames = pattern.size() / kBands;
  for (size_t band = 0; band < kBands; ++band) {
    double sum = 0;
    for (size_t t = 0; t < frames; ++t) sum += pattern[t * kBands + band];
    for (size_t t = 0; t < frames; ++t)
      pattern[t * kBands + band] -= sum / static_cast<double>(frames);
  }
}

std::optional<double> Likeness(const std::vector<float>& reference,
                               const std::vector<float>& degraded) {
  const std::vector<MelBand> bands = SlaneyBands(kWindow, kBands);
  SpectrumFrames frames(kWindow, kHop, 1);
  Pattern a;
  Pattern b;
  const auto add = [&](const std::vector<Complex>& spectrum, Pattern& pattern) {
    for (const MelBand& band : bands) {
      double magnitude = 0;
      double weights = 0;
      for (size_t k = 0; k < band.weights.size(); ++k) {
        magnitude += band.weights[k] * std::abs(spectrum[band.first_bin + k]) / kWindowSum;
        weights += band.weights[k];
      }
      pattern.push_back(std::log10(1 + 1e4 * magnitude / weights));
    }
  };
  const float* const x = reference.data();
  const float* const y = degraded.data();
  frames.Push(&x, &y, reference.size(), [&](const auto& p, const auto& q) {
    add(p[0], a);
    add(q[0], b);
  });
  if (a.empty()) return std::nullopt;
  Center(a);
  Center(b);
  const auto product = [](const Pattern& p, const Pattern& q) {
    return std::inner_product(p.begin(), p.end(), q.begin(), 0.0);
  };
  const double scale = product(a, a) * product(b, b);
  constexpr double kStill = 1e-12;  // rounding, and no change of anything
  if (scale <= kStill) return std::nullopt;
  return product(a, b) / std::sqrt(scale);
}

}  // namespace

void Alignment::Push(const float* const* reference, const float* const* degraded, size_t samples) {
  const size_t count = std::min(samples, kLooked - reference_.size());
  Append(reference, channels_, count, reference_);
  Append(degraded, channels_, count, degraded_);
}

AlignmentResult Alignment::Finish() const {
  if (reference_.empty()) return {};
  return {Likeness(reference_, degraded_), Offset(reference_, degraded_)};
}

}  // namespace motet::metrics
