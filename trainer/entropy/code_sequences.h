// Codes of music, as the entropy model learns from them and is measured on them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "data/music_dataset.h"
#include "motet/model.h"

namespace motet::trainer {

// Packets of the highest quality, one after another, of one stretch of music.
using CodeSequence = std::vector<uint8_t>;

// A stretch of a track of a dataset, in frames.
struct Stretch {
  size_t track = 0;
  int64_t start = 0, frames = 0;
};

// At most `hours` of music in stretches of a minute (and what is left at the end of tracks), spread
// evenly over all tracks. Left out are packages of weight 0 and single stems of songs, which are
// not what anybody listens to.
std::vector<Stretch> ChooseStretches(const data::MusicDataset& dataset, double hours);

// Encodes each stretch as a stream of its own, on `threads` threads. Calls `on_progress` with the
// seconds of music that are done; what it throws ends the work. Throws std::runtime_error if the
// encoder fails.
std::vector<CodeSequence> EncodeStretches(const std::shared_ptr<const Model>& model,
                                          const data::MusicDataset& dataset,
                                          const std::vector<Stretch>& stretches, int threads,
                                          const std::function<void(double)>& on_progress);

}  // namespace motet::trainer
