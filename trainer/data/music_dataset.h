// A dataset, opened for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/manifest.h"

namespace motet::data {

// The tracks of one split of a dataset, read through memory-mapped shards. Copies are cheap and
// share the mapping. All const members may be called from several threads at once.
class MusicDataset {
 public:
  // Opens the dataset folder `dir`; without `split`, all of its tracks. Throws
  // std::runtime_error that names the file if the manifest or a shard is missing, damaged or of
  // another length than declared.
  static MusicDataset Open(const std::filesystem::path& dir,
                           std::optional<Split> split = std::nullopt);

  // In the order of the manifest.
  const std::vector<Track>& tracks() const;

  // The package that track `track_index` belongs to.
  const Package& PackageOf(std::size_t track_index) const;

  // The tracks that sound together with track `track_index`: the other stems of its song, where
  // its package consists of stems. They are as long as it is.
  const std::vector<std::size_t>& OtherStems(std::size_t track_index) const;

  // Index of the track of that name; throws std::runtime_error if there is none.
  std::size_t IndexOf(const std::string& name) const;

  // Reads `frames` frames from `start_frame` of a track into `left` and `right` (frames floats
  // each, full scale 1.0, 16-bit value / 32768). Throws std::runtime_error if that is not all
  // inside the track.
  void Read(std::size_t track_index, std::int64_t start_frame, std::int64_t frames, float* left,
            float* right) const;

  // The same as the interleaved 16-bit samples that are stored: frames x 2.
  std::vector<std::int16_t> ReadPcm(std::size_t track_index, std::int64_t start_frame,
                                    std::int64_t frames) const;

 private:
  struct Contents;
  explicit MusicDataset(std::shared_ptr<const Contents> contents);
  const std::int16_t* Locate(std::size_t track_index, std::int64_t start_frame,
                             std::int64_t frames) const;

  std::shared_ptr<const Contents> contents_;
};

}  // namespace motet::data
