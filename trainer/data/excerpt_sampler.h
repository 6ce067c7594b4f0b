// Which excerpts of a dataset training sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/music_dataset.h"

namespace motet::data {

// Where to read: track index in the dataset, and first frame.
struct Excerpt {
  std::size_t track = 0;
  std::int64_t start = 0;
};

// How excerpts are drawn.
struct ExcerptSamplerOptions {
  std::uint64_t seed = 0;
  // Length of an excerpt in frames; shorter tracks are never drawn.
  std::int64_t frames = 44100;
  // A track longer than this, in seconds, is drawn no more often than one of this length.
  double cap_seconds = 300.0;
  // How far tracks are drawn alike, however long they are: 0 is by (capped) length, 1 is each
  // track as often as any other.
  double track_balance = 0.0;
  // Draw every package equally often (but for its weight), however much music it holds.
  bool balance_packages = false;
  // Tracks of less bandwidth, in Hz, are never drawn.
  double min_bandwidth_hz = 0.0;
  // How far classes of bandwidth are drawn alike, whatever their share of the music: 0 is not at
  // all, 1 is each class as often as any other. Without it, the most common bandwidth of lossy
  // sources decides what the codec makes of the highest octave.
  double bandwidth_balance = 0.0;
  // What divides the classes, in Hz, rising.
  std::vector<double> bandwidth_edges_hz = {16000.0, 18000.0, 20000.0};
};

// Draws random excerpts: a track with a probability proportional to package weight x
// min(length, cap), balanced as the options say, then a start uniformly in it.
//
// Excerpt n is a function of the seed and n alone, on every platform: a run resumes exactly from
// a step number, threads may draw in any order, and rank r of w processes takes the numbers
// n * w + r. Const members may be called from several threads at once.
class ExcerptSampler {
 public:
  // Throws std::runtime_error if no track of the dataset can be drawn.
  ExcerptSampler(const MusicDataset& dataset, const ExcerptSamplerOptions& options);

  // The excerpt of number `n`.
  Excerpt At(std::uint64_t n) const;

  // The probability with which a track is drawn.
  double Probability(std::size_t track) const;

 private:
  std::uint64_t seed_;
  // By track: number of possible starts, and running sum of probabilities (the last is 1).
  std::vector<std::int64_t> starts_;
  std::vector<double> cumulative_;
};

}  // namespace motet::data
