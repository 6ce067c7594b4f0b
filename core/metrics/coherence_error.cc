#include "metrics/coherence_error.h"

#include <cmath>

namespace motet::metrics {
namespace {

constexpr size_t kWindow = 2048;
constexpr size_t kHop = 1024;
constexpr size_t kBlockFrames = 16;
constexpr double kSilence = 1e-10;  // of the power of full scale

}  // namespace

double CoherenceError::Sums::coherence() const {
  const double power = std::sqrt(left * right);
  return power > 0 ? std::abs(cross) / power : 0;
}

CoherenceError::CoherenceError()
    : frames_(kWindow, kHop, 2), bands_(SlaneyBands(kWindow, kBands)) {}

void CoherenceError::Push(const float* const* reference, const float* const* degraded,
                          size_t samples) {
  frames_.Push(reference, degraded, samples, [this](const auto& a, const auto& b) {
    Add(a, reference_);
    Add(b, degraded_);
    if (++block_frames_ == kBlockFrames) EndBlock();
  });
}

double CoherenceError::Finish() {
  if (block_frames_ > 0) EndBlock();
  return compared_ > 0 ? error_sum_ / static_cast<double>(compared_) : 0;
}

void CoherenceError::Add(const SpectrumFrames::Spectra& spectra, BandSums& all) const {
  for (size_t band = 0; band < bands_.size(); ++band) {
    Sums& sums = all[band];
    for (size_t i = 0; i < bands_[band].weights.size(); ++i) {
      const size_t bin = bands_[band].first_bin + i;
      if (bin >= kWindow / 2) break;
      const double weight = bands_[band].weights[i];
      const auto left = spectra[0][bin];
      const auto right = spectra[1][bin];
      sums.left += weight * std::norm(left);
      sums.right += weight * std::norm(right);
      sums.cross += weight * left * std::conj(right);
    }
  }
}

void CoherenceError::EndBlock() {
  // Power of a full-scale sine in a bin, times the weight of a band's bins, times the frames.
  for (size_t band = 0; band < bands_.size(); ++band) {
    double weight = 0;
    for (const double w : bands_[band].weights) weight += w;
    const double least =
        kSilence * weight * (kWindow / 4.0) * (kWindow / 4.0) * static_cast<double>(block_frames_);
    if (reference_[band].left < least || reference_[band].right < least) continue;
    error_sum_ += std::abs(reference_[band].coherence() - degraded_[band].coherence());
    ++compared_;
  }
  reference_ = {};
  degraded_ = {};
  block_frames_ = 0;
}

}  // namespace motet::metrics
