// Clips of the tracks of a dataset, to evaluate a model on.
#pragma once

#include <filesystem>
#include <vector>

#include "data/music_dataset.h"

namespace motet::data {

struct ClipOptions {
  // Clips of each track: number i of n begins i / (n + 1) of the way through it.
  int per_track = 2;
  // Length in seconds; the clip of a shorter track is the whole track.
  double seconds = 8.0;
  // As loud masters are: each clip is turned up until its peak is at full scale, then by this many
  // dB more, and cut off at full scale. Below 0: clips stay as they are.
  double clipped_db = -1;
  // Folder to make for them.
  std::filesystem::path out;
};

// Writes clips of all tracks of `dataset` as 16-bit FLAC files, NNN-NAME-I.flac with the number of
// the track: the same ones on every machine. Returns their paths. Throws std::runtime_error if
// the dataset has no tracks, or if the folder is there already and is not an empty one.
std::vector<std::filesystem::path> ExportClips(const MusicDataset& dataset,
                                               const ClipOptions& options);

}  // namespace motet::data
