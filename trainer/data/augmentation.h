// Augmentation: what happens to excerpts before they are trained on.
#pragma once

#include <cstdint>

#include "data/excerpt_sampler.h"
#include "data/music_dataset.h"
#include "data/stereo_effects.h"

namespace motet::data {

// What happens to an excerpt before it is trained on, each with its probability; 0 is never.
struct AugmentationOptions {
  // Plays up to this much faster or slower.
  double speed_probability = 0, speed_percent = 0;
  // Where the excerpt's track is a stem: the other stems of the song join in, each (also this one)
  // up to so much louder or softer.
  double stems_probability = 0, stems_db = 0;
  // Another excerpt is added, softer by up to this.
  double mix_probability = 0, mix_db = 0;
  // The side signal is scaled by a factor between these, evenly on a logarithmic scale.
  double width_probability = 0, width_low = 1, width_high = 1;
  // The spectrum rises or falls by up to this.
  double tilt_probability = 0, tilt_db_per_octave = 0;
  double swap_probability = 0;
  double polarity_probability = 0;
  // Louder or softer by up to this.
  double gain_probability = 0, gain_db = 0;
  // Last of all but silence, a loud master: turned up until its peak is at full scale, then by up
  // to this much more, and cut off at full scale.
  double clipping_probability = 0, clipping_db = 0;
  // Attacks are added (data/transients.h); with `transients_alone` of them to silence in place of
  // the excerpt.
  double transients_probability = 0, transients_alone = 0;
  // Starts or ends in digital silence, from a random frame on.
  double silence_probability = 0;
  // Excerpts that exceed it, but for clipped ones, are turned down to it as a whole; 0 is no
  // limit.
  double peak = 0;
};

// The excerpts of a sampler, augmented. Excerpt n is a function of the seeds and n alone. Const
// members may be called from several threads at once.
class AugmentedExcerpts {
 public:
  AugmentedExcerpts(MusicDataset dataset, const ExcerptSampler& sampler,
                    const AugmentationOptions& options, std::uint64_t seed);

  // Excerpt number n, `frames` long: at most the sampler's length.
  Stereo Load(std::uint64_t n, std::int64_t frames) const;

 private:
  Stereo Source(const Excerpt& excerpt, std::uint64_t n, std::int64_t frames, double speed) const;
  // A part of a track, with its other stems where `n` says so.
  Stereo Read(std::size_t track, std::int64_t start, std::int64_t frames, std::uint64_t n) const;

  MusicDataset dataset_;
  ExcerptSampler sampler_;
  AugmentationOptions options_;
  std::uint64_t seed_;
};

}  // namespace motet::data
