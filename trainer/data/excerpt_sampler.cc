#include "data/excerpt_sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

#include "data/counter_random.h"

namespace motet::data {
ExcerptSampler::ExcerptSampler(const MusicDataset& dataset, const ExcerptSamplerOptions& options)
    : seed_(MixBits(options.seed)) {
  const std::vector<Track>& tracks = dataset.tracks();
  const double cap_frames = options.cap_seconds * kSampleRate;
  std::vector<double> share(tracks.size(), 0.0);
  std::map<std::string, double> package_share;
  starts_.assign(tracks.size(), 0);
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const Track& track = tracks[i];
    if (track.frames < options.frames || track.bandwidth_hz < options.min_bandwidth_hz) continue;
    starts_[i] = track.frames - options.frames + 1;
    share[i] = std::pow(std::min(static_cast<double>(track.frames), cap_frames),
                        1.0 - options.track_balance);
    package_share[track.package] += share[i];
  }
  std::map<std::ptrdiff_t, double> class_share;
  const auto class_of = [&](std::size_t i) {
    return std::ranges::upper_bound(options.bandwidth_edges_hz, tracks[i].bandwidth_hz) -
           options.bandwidth_edges_hz.begin();
  };
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (options.balance_packages && share[i] > 0.0) share[i] /= package_share[tracks[i].package];
    share[i] *= dataset.PackageOf(i).weight;
    class_share[class_of(i)] += share[i];
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (options.bandwidth_balance > 0.0 && share[i] > 0.0)
      share[i] *= std::pow(class_share[class_of(i)], -options.bandwidth_balance);
    sum += share[i];
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
  const std::uint64_t bits = MixBits(seed_ ^ MixBits(n));
  const auto found = std::ranges::upper_bound(cumulative_, UniformOf(bits));
  const auto track = static_cast<std::size_t>(found - cumulative_.begin());
  const double start = UniformOf(MixBits(bits)) * static_cast<double>(starts_[track]);
  return {track, static_cast<std::int64_t>(start)};
}

double ExcerptSampler::Probability(std::size_t track) const {
  return cumulative_.at(track) - (track == 0 ? 0.0 : cumulative_[track - 1]);
}

}  // namespace motet::data
