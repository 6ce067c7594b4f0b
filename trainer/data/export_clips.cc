#include "data/export_clips.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "data/audio_file.h"

namespace motet::data {

namespace fs = std::filesystem;

std::vector<fs::path> ExportClips(const MusicDataset& dataset, const ClipOptions& options) {
  if (dataset.tracks().empty()) {
    throw std::runtime_error("no track of the dataset is in that split; `motet-data info` counts");
  }
  if (fs::exists(options.out) && !(fs::is_directory(options.out) && fs::is_empty(options.out))) {
    throw std::runtime_error(
        fmt::format("{}: is there already and not an empty folder; clips want a new one",
                    options.out.string()));
  }
  fs::create_directories(options.out);
  std::vector<fs::path> written;
  for (std::size_t index = 0; index < dataset.tracks().size(); ++index) {
    const Track& track = dataset.tracks()[index];
    const std::int64_t frames =
        std::min<std::int64_t>(std::llround(options.seconds * kSampleRate), track.frames);
    for (int i = 1; i <= options.per_track; ++i) {
      const std::int64_t start =
          std::min(track.frames * i / (options.per_track + 1), track.frames - frames);
      written.push_back(options.out / fmt::format("{:03}-{}-{}.flac", index + 1,
                                                  fs::path(track.name).stem().string(), i));
      WriteFlac(written.back(), dataset.ReadPcm(index, start, frames), kChannels, kSampleRate);
    }
  }
  return written;
}

}  // namespace motet::data
