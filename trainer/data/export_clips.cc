#include "data/export_clips.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include "data/audio_file.h"
#include "data/new_folder.h"
#include "data/stereo_effects.h"

namespace motet::data {

namespace fs = std::filesystem;

namespace {

void Clip(std::vector<std::int16_t>& samples, double db) {
  int peak = 0;
  for (const std::int16_t sample : samples) peak = std::max(peak, std::abs(int{sample}));
  if (peak == 0) return;
  const double factor = AmplitudeOf(db) * 32767 / peak;
  for (std::int16_t& sample : samples) {
    sample = static_cast<std::int16_t>(std::lrint(std::clamp(sample * factor, -32768.0, 32767.0)));
  }
}

}  // namespace

std::vector<fs::path> ExportClips(const MusicDataset& dataset, const ClipOptions& options) {
  if (dataset.tracks().empty()) {
    throw std::runtime_error("no track of the dataset is in that split; `motet-data info` counts");
  }
  MakeNewFolder(options.out);
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
      auto samples = dataset.ReadPcm(index, start, frames);
      if (options.clipped_db >= 0) Clip(samples, options.clipped_db);
      WriteFlac(written.back(), samples, kChannels, kSampleRate);
    }
  }
  return written;
}

}  // namespace motet::data
