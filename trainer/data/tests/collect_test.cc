// Collecting: files and archives in, a dataset out. Small files that are made on the spot; lossy
// formats are libsndfile's business and left out.

#include "data/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "data/audio_file.h"
#include "data/music_dataset.h"
#include "data/tests/test_support.h"

namespace motet::data {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::ErrorOf;
using ::testing::HasSubstr;
using testing::Noise;
using testing::ReadText;
using testing::WorkFolder;
using testing::WriteAudio;
using testing::WriteText;
using testing::WriteZip;

constexpr std::size_t kOneSecond = 2 * kSampleRate;

// Collects `dir`/songs into `dir`/dataset; a second is long enough.
CollectOptions Options(const WorkFolder& dir) {
  CollectOptions options;
  options.inputs = {dir / "songs"};
  options.out = dir / "dataset";
  options.min_seconds = 1.0;
  return options;
}

std::vector<std::string> Names(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const Track& track : manifest.tracks) names.push_back(track.name);
  return names;
}

TEST(CollectTest, SamplesComeBackAsTheyWere) {
  const WorkFolder dir;
  const auto samples = Noise(kOneSecond + 14, 1);
  WriteAudio(dir / "songs/one.wav", Noise(kOneSecond, 2), 2, kSampleRate);
  WriteAudio(dir / "songs/two.flac", samples, 2, kSampleRate);
  Collect(Options(dir));

  const auto dataset = MusicDataset::Open(dir / "dataset");
  const std::size_t index = dataset.IndexOf("songs/two.flac");
  EXPECT_EQ(dataset.tracks()[index].frames, kSampleRate + 7);
  EXPECT_EQ(dataset.ReadPcm(index, 0, kSampleRate + 7), samples);

  std::vector<float> left(100), right(100);
  dataset.Read(index, 11, 100, left.data(), right.data());
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_EQ(left[i], static_cast<float>(samples[2 * (i + 11)]) / 32768.0F);
    ASSERT_EQ(right[i], static_cast<float>(samples[2 * (i + 11) + 1]) / 32768.0F);
  }
}

TEST(CollectTest, ReadingBeyondATrackIsAnError) {
  const WorkFolder dir;
  WriteAudio(dir / "songs/one.wav", Noise(kOneSecond, 1), 2, kSampleRate);
  Collect(Options(dir));
  const auto dataset = MusicDataset::Open(dir / "dataset");
  EXPECT_THAT(ErrorOf([&] { dataset.ReadPcm(0, 1, kSampleRate); }), HasSubstr("songs/one.wav"));
  EXPECT_THAT(ErrorOf([&] { dataset.ReadPcm(0, -1, 2); }), HasSubstr("songs/one.wav"));
  EXPECT_TRUE(dataset.ReadPcm(0, kSampleRate, 0).empty());
}

TEST(CollectTest, LooksIntoArchives) {
  const WorkFolder dir;
  const auto samples = Noise(kOneSecond, 1);
  WriteAudio(dir / "plain.flac", samples, 2, kSampleRate);
  WriteZip(dir / "songs/base/0music.PK3", "music/deep/a.flac", dir / "plain.flac");
  const auto report = Collect(Options(dir));
  EXPECT_EQ(Names(report.manifest),
            std::vector<std::string>{"songs/base/0music.PK3/music/deep/a.flac"});
  EXPECT_EQ(MusicDataset::Open(dir / "dataset").ReadPcm(0, 0, kSampleRate), samples);
}

TEST(CollectTest, NamesDoNotDependOnWhereTheFilesLie) {
  const WorkFolder dir;
  WriteAudio(dir / "here/songs/sub/a.wav", Noise(kOneSecond, 1), 2, kSampleRate);
  fs::create_directories(dir / "elsewhere/deeper");
  fs::copy(dir / "here", dir / "elsewhere/deeper", fs::copy_options::recursive);
  auto options = Options(dir);
  options.inputs = {dir / "here/songs"};
  const auto here = Collect(options);
  options.inputs = {dir / "elsewhere/deeper/songs/"};
  options.force = true;
  const auto there = Collect(options);
  EXPECT_EQ(Names(here.manifest), std::vector<std::string>{"songs/sub/a.wav"});
  EXPECT_EQ(Names(there.manifest), Names(here.manifest));
}

TEST(CollectTest, OtherSampleRatesAreResampled) {
  const WorkFolder dir;
  WriteAudio(dir / "songs/a.wav", Noise(2 * 48000, 1), 2, 48000);
  const auto report = Collect(Options(dir));
  EXPECT_EQ(report.manifest.tracks[0].frames, kSampleRate);
  EXPECT_EQ(report.manifest.tracks[0].source_sample_rate, 48000);
}

TEST(CollectTest, WhatIsNoStereoMusicIsCountedAndLeftOut) {
  const WorkFolder dir;
  const auto music = Noise(kOneSecond, 1);
  WriteAudio(dir / "songs/a.wav", music, 2, kSampleRate);
  WriteAudio(dir / "songs/again.flac", music, 2, kSampleRate);
  WriteAudio(dir / "songs/mono.wav", Noise(kOneSecond, 2), 1, kSampleRate);
  WriteAudio(dir / "songs/short.wav", Noise(kOneSecond - 2, 3), 2, kSampleRate);
  WriteAudio(dir / "songs/silent.wav", std::vector<std::int16_t>(kOneSecond), 2, kSampleRate);
  WriteText(dir / "songs/readme.txt", "not audio, and not named so");
  WriteText(dir / "songs/liar.ogg", "not audio, but named so");
  WriteText(dir / "songs/broken.zip", "not an archive");
  const auto report = Collect(Options(dir));
  EXPECT_EQ(Names(report.manifest), std::vector<std::string>{"songs/a.wav"});
  const auto& skipped = report.manifest.skipped;
  EXPECT_EQ(skipped["duplicate"], 1);
  EXPECT_EQ(skipped["not_stereo"], 1);
  EXPECT_EQ(skipped["short"], 1);
  EXPECT_EQ(skipped["silent"], 1);
  EXPECT_EQ(skipped["not_audio"], 1);
  EXPECT_EQ(skipped["unreadable"], 2);
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_THAT(report.failures[0], HasSubstr("broken.zip: cannot read archive"));
  EXPECT_THAT(report.failures[1], HasSubstr("liar.ogg: cannot read audio"));
}

TEST(CollectTest, TruncatedFileKeepsWhatCanBeRead) {
  const WorkFolder dir;
  WriteAudio(dir / "songs/a.wav", Noise(3 * kOneSecond, 1), 2, kSampleRate);
  fs::resize_file(dir / "songs/a.wav", 44 + 2 * kOneSecond * sizeof(std::int16_t));
  EXPECT_EQ(Collect(Options(dir)).manifest.tracks[0].frames, 2 * kSampleRate);
}

TEST(CollectTest, PackageDescriptionIsCarriedAlong) {
  const WorkFolder dir;
  WriteAudio(dir / "songs/music/a.wav", Noise(kOneSecond, 1), 2, kSampleRate);
  WriteAudio(dir / "songs/sounds/bang.wav", Noise(kOneSecond, 2), 2, kSampleRate);
  WriteText(dir / "songs/copyright", "yours");
  WriteText(dir / "songs/package.json",
            R"({"name": "tunes", "version": "1.2-3", "kind": "folk", "licence": "CC0-1.0",
                "weight": 0.5, "match": "/Music/"})");
  const auto report = Collect(Options(dir));
  EXPECT_EQ(Names(report.manifest), std::vector<std::string>{"tunes/music/a.wav"});
  EXPECT_EQ(report.manifest.skipped["unwanted"], 1);
  const Package& package = report.manifest.PackageNamed("tunes");
  EXPECT_EQ(package.version, "1.2-3");
  EXPECT_EQ(package.licence, "CC0-1.0");
  EXPECT_EQ(package.weight, 0.5);
  EXPECT_EQ(ReadText(dir / "dataset/copyright/tunes"), "yours");
}

TEST(CollectTest, BadPackageDescriptionIsNamed) {
  const WorkFolder dir;
  WriteText(dir / "songs/package.json", R"({"weight": "heavy"})");
  EXPECT_THAT(ErrorOf([&] { Collect(Options(dir)); }),
              HasSubstr((dir / "songs/package.json").string() + ": not a usable package"));
}

TEST(CollectTest, StemsOfASongStayTogether) {
  const WorkFolder dir;
  std::uint32_t seed = 0;
  for (int song = 0; song < 30; ++song) {
    for (const char* stem : {"/bass.wav", "/song.wav"}) {
      WriteAudio(dir / ("songs/" + std::to_string(song) + stem), Noise(2000, ++seed), 2,
                 kSampleRate);
    }
  }
  WriteText(dir / "songs/package.json", R"({"group": "folder"})");
  auto options = Options(dir);
  options.min_seconds = 0.0;
  const auto tracks = Collect(options).manifest.tracks;
  ASSERT_EQ(tracks.size(), 60U);
  for (std::size_t i = 0; i < tracks.size(); i += 2) {
    EXPECT_EQ(tracks[i].split, tracks[i + 1].split) << tracks[i].name;
  }
}

TEST(CollectTest, LoudMusicIsScaledRatherThanClipped) {
  const WorkFolder dir;
  // A square wave at full scale overshoots when it is resampled.
  std::vector<std::int16_t> square;
  for (int i = 0; i < 48000; ++i) square.insert(square.end(), 2, i / 50 % 2 == 0 ? 32767 : -32767);
  WriteAudio(dir / "songs/a.wav", square, 2, 48000);
  const Track track = Collect(Options(dir)).manifest.tracks[0];
  EXPECT_GT(track.peak, 1.05);
  const auto stored = MusicDataset::Open(dir / "dataset").ReadPcm(0, 0, kSampleRate);
  // Clipping would leave flat tops: neighbours at the limit.
  int flat = 0;
  for (std::size_t i = 2; i < stored.size(); ++i) {
    flat += std::min(std::abs(stored[i]), std::abs(stored[i - 2])) >= 32767 ? 1 : 0;
  }
  EXPECT_EQ(flat, 0);
}

TEST(CollectTest, ShardsAreCutBetweenTracksAndTracksAligned) {
  const WorkFolder dir;
  for (int i = 0; i < 5; ++i) {
    WriteAudio(dir / ("songs/" + std::to_string(i) + ".wav"),
               Noise(kOneSecond, static_cast<std::uint32_t>(i)), 2, kSampleRate);
  }
  auto options = Options(dir);
  options.max_shard_bytes = 400'000;  // Room for two.
  const auto manifest = Collect(options).manifest;
  EXPECT_EQ(manifest.shards.size(), 3U);
  for (const Track& track : manifest.tracks) EXPECT_EQ(track.offset % 1024, 0);
  for (const Shard& shard : manifest.shards) {
    EXPECT_EQ(fs::file_size(dir / "dataset" / shard.file), shard.frames * 4);
    EXPECT_LE(shard.frames * 4, options.max_shard_bytes);
  }
  const auto dataset = MusicDataset::Open(dir / "dataset");
  EXPECT_EQ(dataset.ReadPcm(4, 0, kSampleRate), Noise(kOneSecond, 4));

  WriteAudio(dir / "songs/long.wav", Noise(3 * kOneSecond, 9), 2, kSampleRate);
  options.force = true;
  EXPECT_EQ(Collect(options).manifest.skipped["too_long"], 1);
}

TEST(CollectTest, ResultDoesNotDependOnTheNumberOfJobs) {
  const WorkFolder dir;
  for (int i = 0; i < 7; ++i) {
    WriteAudio(
        dir / ("songs/" + std::to_string(i) + ".wav"),
        Noise(kOneSecond + static_cast<std::size_t>(i) * 20'000, static_cast<std::uint32_t>(i)), 2,
        32000 + 1000 * i);
  }
  auto options = Options(dir);
  options.jobs = 1;
  Collect(options);
  options.jobs = 5;
  options.out = dir / "parallel";
  Collect(options);
  for (const char* file : {"manifest.json", "shard-00000.pcm"}) {
    EXPECT_TRUE(ReadText(dir / "dataset" / file) == ReadText(dir / "parallel" / file)) << file;
  }
}

TEST(CollectTest, FailureLeavesNothingBehindAndNothingIsReplacedUnasked) {
  const WorkFolder dir;
  fs::create_directories(dir / "songs");
  EXPECT_THAT(ErrorOf([&] { Collect(Options(dir)); }), HasSubstr("no stereo music found"));
  EXPECT_FALSE(fs::exists(dir / "dataset"));
  EXPECT_FALSE(fs::exists(dir / "dataset.partial"));

  WriteAudio(dir / "songs/a.wav", Noise(kOneSecond, 1), 2, kSampleRate);
  Collect(Options(dir));
  auto options = Options(dir);
  EXPECT_THAT(ErrorOf([&] { Collect(options); }), HasSubstr("dataset: exists (use --force"));
  WriteText(dir / "precious/file", "mine");
  options.out = dir / "precious";
  options.force = true;
  EXPECT_THAT(ErrorOf([&] { Collect(options); }), HasSubstr("precious: exists and is not a"));
  EXPECT_EQ(ReadText(dir / "precious/file"), "mine");
}

TEST(CollectTest, MissingInputIsNamed) {
  const WorkFolder dir;
  EXPECT_THAT(ErrorOf([&] { Collect(Options(dir)); }),
              HasSubstr((dir / "songs").string() + ": not a folder"));
}

TEST(CollectTest, EveryTrackIsInTheSplitOfItsName) {
  const WorkFolder dir;
  for (int i = 0; i < 60; ++i) {
    WriteAudio(dir / ("songs/" + std::to_string(i) + ".wav"),
               Noise(2000, static_cast<std::uint32_t>(i)), 2, kSampleRate);
  }
  auto options = Options(dir);
  options.min_seconds = 0.0;
  const auto manifest = Collect(options).manifest;
  std::size_t count = 0;
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    const auto dataset = MusicDataset::Open(dir / "dataset", split);
    for (const Track& track : dataset.tracks()) {
      EXPECT_EQ(track.split, split);
      EXPECT_EQ(SplitOf(track.name), split);
    }
    count += dataset.tracks().size();
  }
  EXPECT_EQ(count, manifest.tracks.size());
}

TEST(WriteFlacTest, ReadsBackAndRefusesWhatCannotBeWritten) {
  const WorkFolder dir;
  const auto samples = Noise(2000, 1);
  WriteFlac(dir / "a.flac", samples, 2, kSampleRate);
  AudioReader reader = AudioReader::OpenFile(dir / "a.flac");
  EXPECT_EQ(reader.frames(), 1000);
  const auto audio = reader.ReadAll();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(audio[i], static_cast<float>(samples[i]) / 32768.0F);
  }
  EXPECT_THAT(ErrorOf([&] { WriteFlac(dir / "no/folder.flac", samples, 2, kSampleRate); }),
              AllOf(HasSubstr("no/folder.flac"), HasSubstr("cannot write")));
}

TEST(WriteFlacTest, WritesWhereALinkLeadsAndReplacesWhatIsNoFile) {
  const WorkFolder dir;
  const auto samples = Noise(2000, 1);
  WriteFlac(dir / "a.flac", Noise(20, 2), 2, kSampleRate);
  fs::create_symlink(dir / "a.flac", dir / "link.flac");
  WriteFlac(dir / "link.flac", samples, 2, kSampleRate);
  EXPECT_TRUE(fs::is_symlink(dir / "link.flac"));
  EXPECT_EQ(AudioReader::OpenFile(dir / "a.flac").frames(), 1000);

  const fs::path pipe = dir / "pipe.flac";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ErrorOf([&] { WriteFlac(pipe, samples, 2, kSampleRate); }),
              HasSubstr("pipe.flac: is no regular file, and is not replaced"));
  EXPECT_TRUE(fs::is_fifo(pipe));
}

}  // namespace
}  // namespace motet::data
