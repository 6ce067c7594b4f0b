#include "metrics/bandwidth.h"

#include <algorithm>
#include <complex>

namespace motet::metrics {
namespace {

constexpr size_t kWindow = 2048;
constexpr size_t kHop = 1024;
constexpr double kPresent = 1e-9;  // of the strongest band's power
constexpr double kKept = 0.1;      // of the reference's power

}  // namespace

Bandwidth::Bandwidth(size_t channels) : frames_(kWindow, kHop, channels) {}

void Bandwidth::Push(const float* const* reference, const float* const* degraded, size_t samples) {
  frames_.Push(reference, degraded, samples, [this](const auto& a, const auto& b) {
    Add(a, reference_);
    Add(b, degraded_);
  });
}

void Bandwidth::Add(const SpectrumFrames::Spectra& spectra, Powers& powers) {
  for (const auto& spectrum : spectra) {
    for (size_t k = 1; k < kWindow / 2; ++k) {
      const double hz = static_cast<double>(k) * kSampleRate / kWindow;
      const auto band = static_cast<size_t>(hz / kBandHz);
      if (band < kBands) powers[band] += std::norm(spectrum[k]);
    }
  }
}

Bandwidth::Edges Bandwidth::Finish() const {
  Edges edges;
  const double strongest = *std::ranges::max_element(reference_);
  for (size_t band = 0; band < kBands; ++band) {
    if (reference_[band] <= strongest * kPresent) continue;
    const auto edge = static_cast<double>(kBandHz * (band + 1));
    edges.reference_hz = edge;
    if (degraded_[band] >= reference_[band] * kKept) edges.degraded_hz = edge;
  }
  return edges;
}

}  // namespace motet::metrics
