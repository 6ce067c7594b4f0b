#include "data/excerpt_sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

namespace motet::data {
namespace {

/// The output function of SplitMix64 (Steele, Lea, Flood 2014): a good mixer of counters, and,
/// unlike the standard library's distributions, the same everywhere.
std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// Uniform in [0, 1).
double Uniform(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

}  // namespace

ExcerptSampler::ExcerptSampler(const MusicDataset& dataset, const ExcerptSamplerOptions& options)
    : seed_(Mix(options.seed)) {
  const std::vector<Track>& tracks = dataset.tracks();
  const double cap_frames = options.cap_seconds * kSampleRate;
  std::vector<double> share(tracks.size(), 0.0);
  std::map<std::string, double> package_share;
  starts_.assign(tracks.size(), 0);
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const Track& track = tracks[i];
    if (track.frames < options.frames || track.bandwidth_hz < options.min_bandwidth_hz) continue;
    starts_[i] = track.frames - options.frames + 1;
    share[i] = std::min(static_cast<double>(track.frames), cap_frames);
    package_share[track.package] += share[i];
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (options.balance_packages && share[i] > 0.0) share[i] /= package_share[tracks[i].package];
    sum += share[i] * dataset.PackageOf(i).weight;
    cumulative_.push_back(sum);
  }
  if (!(sum > 0.0)) {
    throw std::runtime_error(
        fmt::format("none of {} tracks is {} frames long, weighs more than 0 and reaches {} Hz",
                    tracks.size(), options.frames, options.min_bandwidth_hz));
  }
  for (double& value : cumulative_) value /= sum;
}

Excerpt ExcerptSampler::At(std::uint64_t n) const {
  const std::uint64_t bits = Mix(seed_ ^ Mix(n));
  const auto found = std::ranges::upper_bound(cumulative_, Uniform(bits));
  const auto track = static_cast<std::size_t>(found - cumulative_.begin());
  const double start = Uniform(Mix(bits)) * static_cast<double>(starts_[track]);
  return {track, static_cast<std::int64_t>(start)};
}

double ExcerptSampler::Probability(std::size_t track) const {
  return cumulative_.at(track) - (track == 0 ? 0.0 : cumulative_[track - 1]);
}

}  // namespace motet::data
