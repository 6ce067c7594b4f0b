// The manifest and the reader over it: round trip, and what they say about damaged datasets.

#include "data/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/music_dataset.h"
#include "data/summary.h"
#include "data/tests/test_support.h"

namespace motet::data {
namespace {

using testing::ErrorOf;
using ::testing::HasSubstr;
using testing::ReadText;
using testing::WorkFolder;
using testing::WriteText;

Manifest Example() {
  Manifest manifest;
  manifest.packages = {{"songs", "1.0-1", "folk", "CC0-1.0", 0.5}};
  manifest.shards = {{"shard-00000.pcm", 4096}};
  Track track;
  track.name = "songs/a.ogg";
  track.package = "songs";
  track.split = Split::kTest;
  track.offset = 1024;
  track.frames = 3072;
  track.source_sample_rate = 48000;
  track.bandwidth_hz = 16000.0;
  track.peak = 0.9;
  track.rms_db = -17.25;
  track.content_hash = 0xfedcba9876543210u;
  manifest.tracks = {track};
  manifest.skipped["short"] = 3;
  return manifest;
}

TEST(ManifestTest, ComesBackAsSaved) {
  const WorkFolder dir;
  Example().Save(dir.path());
  const Manifest loaded = Manifest::Load(dir.path());
  ASSERT_EQ(loaded.tracks.size(), 1U);
  const Track& track = loaded.tracks[0];
  EXPECT_EQ(track.name, "songs/a.ogg");
  EXPECT_EQ(track.split, Split::kTest);
  EXPECT_EQ(track.offset, 1024);
  EXPECT_EQ(track.frames, 3072);
  EXPECT_EQ(track.source_sample_rate, 48000);
  EXPECT_EQ(track.bandwidth_hz, 16000.0);
  EXPECT_EQ(track.rms_db, -17.25);
  EXPECT_EQ(track.content_hash, 0xfedcba9876543210u);
  EXPECT_EQ(loaded.PackageNamed("songs").licence, "CC0-1.0");
  EXPECT_EQ(loaded.PackageNamed("songs").weight, 0.5);
  EXPECT_EQ(loaded.shards[0].frames, 4096);
  EXPECT_EQ(loaded.skipped["short"], 3);
}

TEST(ManifestTest, MissingOneIsNamed) {
  const WorkFolder dir;
  EXPECT_THAT(ErrorOf([&] { Manifest::Load(dir.path()); }),
              HasSubstr((dir / "manifest.json").string() + ": cannot open"));
}

TEST(ManifestTest, TruncatedAnywhereIsAnErrorThatNamesTheFile) {
  const WorkFolder dir;
  Example().Save(dir.path());
  const std::string whole = ReadText(dir / "manifest.json");
  for (std::size_t size = 0; size < whole.size() - 2; size += 7) {
    WriteText(dir / "manifest.json", whole.substr(0, size));
    EXPECT_THAT(ErrorOf([&] { Manifest::Load(dir.path()); }),
                HasSubstr((dir / "manifest.json").string() + ": not a usable manifest"))
        << size;
  }
}

TEST(ManifestTest, OtherVersionIsRefused) {
  const WorkFolder dir;
  Example().Save(dir.path());
  std::string text = ReadText(dir / "manifest.json");
  text.replace(text.find("\"version\": 1"), 12, "\"version\": 7");
  WriteText(dir / "manifest.json", text);
  EXPECT_THAT(ErrorOf([&] { Manifest::Load(dir.path()); }),
              HasSubstr("version is 7, this program reads 1"));
}

TEST(ManifestTest, TrackOutsideItsShardIsRefused) {
  const WorkFolder dir;
  Manifest manifest = Example();
  manifest.tracks[0].frames = 3073;
  manifest.Save(dir.path());
  EXPECT_THAT(ErrorOf([&] { Manifest::Load(dir.path()); }),
              HasSubstr("track 'songs/a.ogg' lies outside its shard"));
}

TEST(ManifestTest, SameNameTwiceIsRefused) {
  const WorkFolder dir;
  Manifest manifest = Example();
  manifest.tracks.push_back(manifest.tracks[0]);
  manifest.Save(dir.path());
  EXPECT_THAT(ErrorOf([&] { Manifest::Load(dir.path()); }),
              HasSubstr("two tracks are named 'songs/a.ogg'"));
}

TEST(MusicDatasetTest, MissingShardIsNamed) {
  const WorkFolder dir;
  Example().Save(dir.path());
  EXPECT_THAT(ErrorOf([&] { MusicDataset::Open(dir.path()); }),
              HasSubstr((dir / "shard-00000.pcm").string() + ": cannot open shard"));
}

TEST(MusicDatasetTest, ShardOfAnotherLengthIsNamed) {
  const WorkFolder dir;
  Example().Save(dir.path());
  WriteText(dir / "shard-00000.pcm", "short");
  EXPECT_THAT(ErrorOf([&] { MusicDataset::Open(dir.path()); }),
              HasSubstr("shard has 5 bytes, the manifest says 16384"));
}

TEST(MusicDatasetTest, ShardsOfOtherSplitsAreNotNeeded) {
  const WorkFolder dir;
  Example().Save(dir.path());
  EXPECT_TRUE(MusicDataset::Open(dir.path(), Split::kTrain).tracks().empty());
}

TEST(SummaryTest, CountsHoursByPackageSplitAndBandwidth) {
  Manifest manifest = Example();
  manifest.tracks[0].frames = 3600 * kSampleRate / 2;
  const auto summary = Summarize(manifest);
  EXPECT_EQ(summary["hours"], 0.5);
  EXPECT_EQ(summary["splits"]["test"]["hours"], 0.5);
  EXPECT_EQ(summary["splits"]["train"]["tracks"], 0);
  EXPECT_EQ(summary["bandwidth"]["full"], 0.5);
  EXPECT_EQ(summary["packages"][0]["splits"]["test"]["tracks"], 1);
  EXPECT_THAT(FormatSummary(summary), HasSubstr("skipped: 3 short"));
}

}  // namespace
}  // namespace motet::data
