#include "data/export_attacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "data/audio_file.h"
#include "data/music_dataset.h"
#include "data/new_folder.h"
#include "data/transients.h"

namespace motet::data {

namespace {

// Of no run: training draws from the streams of data/augmentation.cc alone.
constexpr std::uint64_t kSeed = 0x61747461636b73, kPurpose = 1000;

// Interleaved, cut off at full scale where attacks meet.
std::vector<std::int16_t> ToPcm(const Stereo& audio) {
  std::vector<std::int16_t> samples;
  samples.reserve(2 * audio.left.size());
  for (std::size_t i = 0; i < audio.left.size(); ++i) {
    for (const float sample : {audio.left[i], audio.right[i]}) {
      samples.push_back(
          static_cast<std::int16_t>(std::lrint(std::clamp(sample, -1.0F, 1.0F) * 32767.0F)));
    }
  }
  return samples;
}

}  // namespace

std::vector<std::filesystem::path> ExportAttacks(const AttackOptions& options) {
  MakeNewFolder(options.out);
  std::vector<std::filesystem::path> written;
  for (int i = 0; i < options.clips; ++i) {
    Stereo audio(static_cast<std::size_t>(std::llround(options.seconds * kSampleRate)));
    CounterRandom random(kSeed, static_cast<std::uint64_t>(i), kPurpose);
    for (int group = 0; group < 3; ++group) AddTransients(audio, kSampleRate, random);
    written.push_back(options.out / fmt::format("attacks-{:02}.flac", i + 1));
    WriteFlac(written.back(), ToPcm(audio), kChannels, kSampleRate);
  }
  return written;
}

}  // namespace motet::data
