#include "metrics/onsets.h"

#include <algorithm>
#include <cmath>

#include "metrics/spectrum.h"

namespace motet::metrics {
namespace {

// To the nearest.
constexpr ptrdiff_t Frames(ptrdiff_t milliseconds) {
  return (2 * milliseconds * kSampleRate / static_cast<ptrdiff_t>(1000 * kOnsetHop) + 1) / 2;
}
constexpr ptrdiff_t kLocal = Frames(30);
constexpr ptrdiff_t kBefore = Frames(100);
constexpr ptrdiff_t kAfter = Frames(70);
constexpr double kThreshold = 0.05;
constexpr ptrdiff_t kAround = 1024 / kEnergyBlock;
constexpr ptrdiff_t kCompared = 256 / kEnergyBlock;
constexpr double kSilence = 1e-9;  // energy of a block: what is below is no change of anything

// The frames from t - before to t + after that there are.
std::span<const float> Around(std::span<const float> flux, ptrdiff_t t, ptrdiff_t before,
                              ptrdiff_t after) {
  const ptrdiff_t begin = std::max<ptrdiff_t>(t - before, 0);
  const ptrdiff_t end = std::min(t + after + 1, std::ssize(flux));
  return flux.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

bool IsPeak(std::span<const float> flux, ptrdiff_t t) {
  const auto value = flux[static_cast<size_t>(t)];
  if (value < std::ranges::max(Around(flux, t, kLocal, kLocal))) return false;
  double sum = 0;
  const auto near = Around(flux, t, kBefore, kAfter);
  for (const float other : near) sum += other;
  return value >= sum / static_cast<double>(near.size()) + kThreshold;
}

size_t Refine(std::span<const float> energy, ptrdiff_t near) {
  ptrdiff_t best = near;
  double most = -1;
  for (ptrdiff_t block = near - kAround; block <= near + kAround; ++block) {
    if (block < 0 || block >= std::ssize(energy)) continue;
    const double rise = (EnergyOf(energy, block, kCompared) + kSilence) /
                        (EnergyOf(energy, block - kCompared, kCompared) + kSilence);
    if (rise > most) {
      most = rise;
      best = block;
    }
  }
  return static_cast<size_t>(std::max<ptrdiff_t>(best, 0));
}

}  // namespace

double EnergyOf(std::span<const float> energy, ptrdiff_t begin, ptrdiff_t count) {
  double sum = 0;
  const ptrdiff_t end = std::min(begin + count, std::ssize(energy));
  for (ptrdiff_t i = std::max<ptrdiff_t>(begin, 0); i < end; ++i)
    sum += energy[static_cast<size_t>(i)];
  return sum;
}

std::vector<size_t> FindOnsets(std::span<const float> flux, std::span<const float> energy) {
  constexpr auto kBlocksPerFrame = static_cast<ptrdiff_t>(kOnsetHop / kEnergyBlock);
  std::vector<size_t> onsets;
  ptrdiff_t last = -kLocal - 1;
  for (ptrdiff_t t = 0; t < std::ssize(flux); ++t) {
    if (t - last < kLocal || !IsPeak(flux, t)) continue;
    last = t;
    // The flux compares frame t with t - 2: what rose lies around t - 1.
    const size_t place = Refine(energy, (t - 1) * kBlocksPerFrame);
    if (onsets.empty() || place > onsets.back()) onsets.push_back(place);
  }
  return onsets;
}

}  // namespace motet::metrics
