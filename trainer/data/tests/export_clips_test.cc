// Clips of a split: which part of which track they are.

#include "data/export_clips.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "data/audio_file.h"
#include "data/collect.h"
#include "data/tests/test_support.h"

namespace motet::data {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::ErrorOf;
using ::testing::HasSubstr;
using testing::Noise;
using testing::WorkFolder;
using testing::WriteAudio;

constexpr std::size_t kTrackFrames = 3000;

// A dataset of one track of kTrackFrames frames of noise.
MusicDataset OneTrack(const WorkFolder& dir) {
  WriteAudio(dir / "songs/one.wav", Noise(2 * kTrackFrames, 1), 2, kSampleRate);
  CollectOptions options;
  options.inputs = {dir / "songs"};
  options.out = dir / "dataset";
  options.min_seconds = 0.0;
  Collect(options);
  return MusicDataset::Open(dir / "dataset");
}

TEST(ExportClipsTest, CutsEveryTrackInEqualParts) {
  const WorkFolder dir;
  const MusicDataset dataset = OneTrack(dir);
  const auto written =
      ExportClips(dataset, {.per_track = 2, .seconds = 500.0 / kSampleRate, .out = dir / "clips"});
  ASSERT_THAT(written, ElementsAre(dir / "clips/001-one-1.flac", dir / "clips/001-one-2.flac"));
  const auto samples = Noise(2 * kTrackFrames, 1);
  for (std::size_t clip = 0; clip < 2; ++clip) {
    const auto audio = AudioReader::OpenFile(written[clip]).ReadAll();
    ASSERT_EQ(audio.size(), 2 * 500);
    const std::size_t start = 2 * kTrackFrames * (clip + 1) / 3;
    for (std::size_t i = 0; i < audio.size(); ++i) {
      ASSERT_EQ(audio[i], static_cast<float>(samples[start + i]) / 32768.0F) << clip << " " << i;
    }
  }
}

TEST(ExportClipsTest, LoudMastersAreCutOffAtFullScale) {
  const WorkFolder dir;
  const MusicDataset dataset = OneTrack(dir);
  const ClipOptions plain = {.per_track = 1, .seconds = 500.0 / kSampleRate, .out = dir / "plain"};
  ClipOptions loud = plain;
  loud.clipped_db = 12;
  loud.out = dir / "loud";
  const auto before = AudioReader::OpenFile(ExportClips(dataset, plain)[0]).ReadAll();
  const auto after = AudioReader::OpenFile(ExportClips(dataset, loud)[0]).ReadAll();
  float peak = 0;
  for (const float sample : before) peak = std::max(peak, std::abs(sample));
  const float factor = std::pow(10.0F, 12.0F / 20) / peak;
  for (std::size_t i = 0; i < before.size(); ++i)
    ASSERT_NEAR(after[i], std::clamp(factor * before[i], -1.0F, 1.0F), 1e-3F) << i;
}

TEST(ExportClipsTest, EndsWithTheTrack) {
  const WorkFolder dir;
  const MusicDataset dataset = OneTrack(dir);
  // The last third is shorter than this clip, and the track shorter than the other one.
  const auto long_clip =
      ExportClips(dataset, {.per_track = 2, .seconds = 2000.0 / kSampleRate, .out = dir / "long"});
  const auto audio = AudioReader::OpenFile(long_clip[1]).ReadAll();
  ASSERT_EQ(audio.size(), 2 * 2000);
  EXPECT_EQ(audio.back(), static_cast<float>(Noise(2 * kTrackFrames, 1).back()) / 32768.0F);
  const auto whole = ExportClips(dataset, {.per_track = 1, .seconds = 60, .out = dir / "whole"});
  EXPECT_EQ(AudioReader::OpenFile(whole[0]).frames(), static_cast<std::int64_t>(kTrackFrames));
}

TEST(ExportClipsTest, RefusesAFolderInUseAndASplitWithoutTracks) {
  const WorkFolder dir;
  const MusicDataset dataset = OneTrack(dir);
  EXPECT_THAT(ErrorOf([&] { ExportClips(dataset, {.out = dir / "songs"}); }),
              AllOf(HasSubstr((dir / "songs").string()), HasSubstr("not an empty folder")));
  const Split used = dataset.tracks()[0].split;
  const Split other = used == Split::kTest ? Split::kTrain : Split::kTest;
  const MusicDataset none = MusicDataset::Open(dir / "dataset", other);
  EXPECT_THAT(ErrorOf([&] { ExportClips(none, {.out = dir / "new"}); }), HasSubstr("no track"));
  EXPECT_FALSE(fs::exists(dir / "new"));
}

}  // namespace
}  // namespace motet::data
