// Packs of music: what is in them, that they are small enough, and that a dataset comes out again.

#include "data/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "data/collect.h"
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

constexpr std::size_t kSeconds = 8;
constexpr double kMiB = 1 << 20;

// A name of a track that falls into `split`.
std::string NameIn(Split split, const std::string& package, const std::string& ending) {
  for (int i = 0;; ++i) {
    const std::string name = std::to_string(i) + ending;
    if (SplitOf(package + "/" + name) == split) return name;
  }
}

class PackTest : public ::testing::Test {
 protected:
  // Three tracks and the two stems of a song for training, a track for validation and one for
  // tests, one without a weight.
  void SetUp() override {
    const auto add = [&](const fs::path& path) {
      WriteAudio(dir_ / path, Noise(2 * kSeconds * kSampleRate, ++seed_), 2, kSampleRate);
    };
    for (const char* ending : {"a.wav", "b.wav", "c.wav"})
      add("songs/" + NameIn(Split::kTrain, "songs", ending));
    add("songs/" + NameIn(Split::kValidation, "songs", ".wav"));
    add("songs/" + NameIn(Split::kTest, "songs", ".wav"));
    const std::string song = NameIn(Split::kTrain, "stems", "song");
    for (const char* stem : {"/bass.wav", "/drums.wav"}) add("stems/" + song + stem);
    add("effects/" + NameIn(Split::kTrain, "effects", ".wav"));
    WriteText(dir_ / "stems/package.json", R"({"group": "folder", "licence": "CC-BY-4.0"})");
    WriteText(dir_ / "effects/package.json", R"({"weight": 0})");
    WriteText(dir_ / "songs/copyright", "by nobody");
    CollectOptions options;
    options.inputs = {dir_ / "songs", dir_ / "stems", dir_ / "effects"};
    options.out = dir_ / "dataset";
    options.min_seconds = 1;
    Collect(options);
  }

  std::vector<Pack> Make(double hours, double mib, int jobs = 2) {
    fs::remove_all(dir_ / "packs");
    return PackMusic(dir_ / "dataset", {dir_ / "packs/", hours, mib, jobs, {}});
  }

  MusicDataset Unpack(const std::vector<fs::path>& packs) {
    UnpackMusic({packs, dir_ / "unpacked", /*force=*/true, 2, {}});
    return MusicDataset::Open(dir_ / "unpacked");
  }

  // How much two stretches of sound have in common, -1 … 1.
  static double Correlation(const std::vector<std::int16_t>& a,
                            const std::vector<std::int16_t>& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      ab += double{1} * a[i] * b[i];
      aa += double{1} * a[i] * a[i];
      bb += double{1} * b[i] * b[i];
    }
    return ab / std::sqrt(aa * bb);
  }

  WorkFolder dir_;
  std::uint32_t seed_ = 0;
};

TEST_F(PackTest, EachHoldsAPartOfEveryTrackAndIsSmallEnough) {
  const auto packs = Make(28.0 / 3600, 0.18);
  ASSERT_EQ(packs.size(), 3U);  // 300 KiB of music, and the clips for validation
  double seconds = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(packs[i].path, dir_ / "packs" / ("pack-0" + std::to_string(i)));
    EXPECT_EQ(packs[i].pieces, 5U);
    EXPECT_LE(packs[i].bytes, 0.18 * kMiB);
    std::int64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(packs[i].path))
      if (entry.is_regular_file()) bytes += static_cast<std::int64_t>(entry.file_size());
    EXPECT_EQ(packs[i].bytes, bytes);
    EXPECT_EQ(ReadText(packs[i].path / "copyright/songs"), "by nobody");
    seconds += packs[i].seconds;
  }
  EXPECT_NEAR(seconds, 28, 5);
  EXPECT_EQ(packs[2].path, dir_ / "packs/validation");
  EXPECT_EQ(packs[2].pieces, 1U);
  EXPECT_EQ(packs[2].seconds, 7);
}

TEST_F(PackTest, BecomeADatasetAgain) {
  const auto packs = Make(28.0 / 3600, 0.18);
  const auto dataset = Unpack({packs[0].path, packs[1].path, packs[2].path});
  const auto original = MusicDataset::Open(dir_ / "dataset");
  ASSERT_EQ(dataset.tracks().size(), 11U);
  std::set<std::string> songs;
  for (std::size_t i = 0; i < dataset.tracks().size(); ++i) {
    const Track& track = dataset.tracks()[i];
    const bool is_stem = track.package == "stems";
    EXPECT_EQ(track.split, i < 10 ? Split::kTrain : Split::kValidation);
    EXPECT_EQ(dataset.OtherStems(i).size(), is_stem ? 1U : 0U) << track.name;
    if (is_stem) songs.insert(track.name.substr(0, track.name.rfind('/')));
    EXPECT_GT(track.bandwidth_hz, 15000);
    EXPECT_EQ(track.source_sample_rate, kSampleRate);
    EXPECT_NEAR(track.rms_db, -22, 1) << track.name;
  }
  EXPECT_EQ(songs.size(), 2U);  // the song's two parts, one in each pack
  EXPECT_EQ(dataset.PackageOf(0).name, "songs");
  EXPECT_EQ(ReadText(dir_ / "unpacked/copyright/songs"), "by nobody");

  // The clip for validation is the middle of its track, bit for bit.
  const Track& clip = dataset.tracks()[10];
  const std::size_t whole = original.IndexOf(clip.name);
  EXPECT_EQ(dataset.ReadPcm(10, 0, clip.frames),
            original.ReadPcm(whole, (kSeconds * kSampleRate - clip.frames) / 2, clip.frames));
}

TEST_F(PackTest, PiecesAreTheSoundOfTheirPlace) {
  const auto packs = Make(60.0 / 3600, 8);
  const auto dataset = Unpack({packs[0].path});
  const auto original = MusicDataset::Open(dir_ / "dataset");
  // One pack: each piece is as long as its track. Noise that is a sample late has nothing in
  // common.
  for (std::size_t i = 0; i < dataset.tracks().size(); ++i) {
    const Track& track = dataset.tracks()[i];
    std::string name = track.name;
    name.erase(name.find("#0"), 2);
    const std::size_t whole = original.IndexOf(name);
    ASSERT_EQ(track.frames, original.tracks()[whole].frames);
    EXPECT_GT(
        Correlation(dataset.ReadPcm(i, 0, track.frames), original.ReadPcm(whole, 0, track.frames)),
        0.5)
        << track.name;
  }
}

TEST_F(PackTest, AreTheSameWhateverRunsAtTheSameTime) {
  Make(20.0 / 3600, 1, 1);
  const std::string once = ReadText(dir_ / "packs/pack-00/pack.json");
  Make(20.0 / 3600, 1, 3);
  EXPECT_EQ(ReadText(dir_ / "packs/pack-00/pack.json"), once);
}

TEST_F(PackTest, SaysIfPartsOfAllTracksDoNotFit) {
  EXPECT_THAT(ErrorOf([&] { Make(40.0 / 3600, 0.05); }),
              AllOf(HasSubstr("pack-00: 2 s of each of 5 tracks take"),
                    HasSubstr("more than a pack's 51")));
  EXPECT_FALSE(fs::exists(dir_ / "packs"));
  EXPECT_FALSE(fs::exists(dir_ / "packs.partial"));
}

TEST_F(PackTest, NamesWhatIsWrongWithAPack) {
  const auto packs = Make(20.0 / 3600, 1);
  const fs::path pack = packs[0].path;
  const std::string contents = ReadText(pack / "pack.json");
  const auto error = [&] { return ErrorOf([&] { Unpack({pack}); }); };
  const auto replace = [&](const std::string& from, const std::string& to) {
    std::string text = contents;
    text.replace(text.find(from), from.size(), to);
    WriteText(pack / "pack.json", text);
  };
  fs::rename(pack / "0002.opus", pack / "away");
  EXPECT_THAT(error(), HasSubstr((pack / "0002.opus").string()));
  WriteText(pack / "0002.opus", ReadText(pack / "away").substr(0, 9000));
  EXPECT_THAT(error(), HasSubstr((pack / "0002.opus").string() + ": cannot read"));
  fs::rename(pack / "away", pack / "0002.opus");

  replace("\"frames\": ", "\"frames\": 9");
  EXPECT_THAT(error(), AllOf(HasSubstr("0000.opus: holds "), HasSubstr(", pack.json says 9")));
  replace("0001.opus", "../0001.opus");
  EXPECT_THAT(error(), HasSubstr("pack.json: '../0001.opus' is not a name in the pack"));
  replace("\"package\": \"stems\"", "\"package\": \"stones\"");
  EXPECT_THAT(error(), HasSubstr("is of 'stones', which is not among the packages"));
  replace("motet-pack", "other");
  EXPECT_THAT(error(), HasSubstr("pack.json: is \"other\" 1, this program reads \"motet-pack\" 1"));
  WriteText(pack / "pack.json", contents.substr(0, 100));
  EXPECT_THAT(error(), HasSubstr((pack / "pack.json").string()));
  fs::remove(pack / "pack.json");
  EXPECT_THAT(error(), HasSubstr("cannot open the contents of a pack"));
  EXPECT_FALSE(fs::exists(dir_ / "unpacked"));

  WriteText(pack / "pack.json", contents);
  EXPECT_THAT(ErrorOf([&] { Unpack({pack, pack}); }), HasSubstr("pack.json: 'songs#0/"));
  EXPECT_FALSE(fs::exists(dir_ / "unpacked"));
}

}  // namespace
}  // namespace motet::data
