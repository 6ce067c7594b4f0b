// Streams that were written once decode for ever: the same header, packets and losses, bit for bit
// the same codes, and, within a tolerance, the same sound. There is one of every kind.
#include "golden.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>

namespace motet::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Of the loudest channel's root mean square: what processors round differently.
constexpr double kTolerance = 1e-3;
constexpr uintmax_t kMaxBytes = 300'000;  // of all golden files: a clone takes them along

std::vector<uint8_t> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// A folder of golden files: a model, its streams, and the manifest.
struct Folder {
  const char* name;
  fs::path path;
  std::vector<GoldenKind> kinds;
};
std::ostream& operator<<(std::ostream& out, const Folder& folder) { return out << folder.name; }

class Golden : public ::testing::TestWithParam<Folder> {
 protected:
  void SetUp() override {
    const Result<std::shared_ptr<const Model>> model =
        Model::Load((folder_ / "model.motetmodel").string());
    ASSERT_TRUE(model.ok()) << model.status().message();
    model_ = *model;
    const Json manifest = Json::parse(ReadFile(folder_ / "manifest.json"), nullptr, false);
    ASSERT_TRUE(manifest.is_object() && manifest["streams"].is_array());
    for (const Json& stream : manifest["streams"]) {
      EXPECT_TRUE(streams_.emplace(stream["file"].get<std::string>(), stream).second)
          << stream["file"] << " is there twice";
    }
  }

  const fs::path folder_ = GetParam().path;
  std::shared_ptr<const Model> model_;
  std::map<std::string, Json> streams_;  // by file
};

TEST_P(Golden, ThereIsAStreamOfEveryKindAndNoOther) {
  std::set<std::string> wanted;
  for (const GoldenKind& kind : GetParam().kinds) {
    EXPECT_TRUE(wanted.insert(kind.name()).second);
    const auto found = streams_.find(kind.name());
    ASSERT_NE(found, streams_.end()) << kind.name() << " is not in manifest.json";
    EXPECT_EQ(found->second["kind"], kind.ToJson());
  }
  EXPECT_EQ(streams_.size(), wanted.size());
  uintmax_t bytes = 0;
  std::set<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    bytes += entry.file_size();
    if (entry.path().extension() == ".motet") files.insert(entry.path().filename().string());
  }
  EXPECT_EQ(files, wanted);
  EXPECT_LE(bytes, kMaxBytes);
}

// What GoldenKinds lists is all that the format has.
TEST(GoldenKinds, AreAllCodingsQualitiesChannelsTagsPreSkipsAndDamage) {
  std::set<std::string> plain, others;
  for (const GoldenKind& kind : GoldenKinds()) {
    const auto coding = kind.ToJson()["coding"].get<std::string>();
    const bool is_plain = kind.tags == "none" && kind.pre_skip == 0 && !kind.is_joined &&
                          kind.length == "header" && kind.damage == "none";
    if (is_plain)
      plain.insert(coding + std::to_string(kind.quality) + std::to_string(kind.channels));
    for (const std::string& what : {kind.tags, kind.length, kind.damage})
      others.insert(coding + " " + what);
    if (!kind.has_likely_codes) others.insert(coding + " any codes");
    if (kind.pre_skip > 0) others.insert(coding + " pre-skip");
    if (kind.is_joined) others.insert(coding + " joined " + kind.damage);
  }
  for (const std::string coding : {"fixed", "entropy"}) {
    for (int quality = 1; quality <= 12; ++quality) {
      for (int channels = 1; channels <= 2; ++channels)
        EXPECT_TRUE(plain.contains(coding + std::to_string(quality) + std::to_string(channels)));
    }
    for (const char* what : {"none",
                             "text",
                             "cover",
                             "header",
                             "end",
                             "zero",
                             "truncated",
                             "endless",
                             "flipped",
                             "lost",
                             "foreign",
                             "magic",
                             "version",
                             "flag",
                             "coding",
                             "checksum",
                             "pre-skip",
                             "joined none",
                             "joined truncated",
                             "joined lost",
                             "any codes"})
      EXPECT_TRUE(others.contains(coding + " " + what)) << what;
  }
}

// Packets of their models have tones from quality 5 on, and levels of bands if any.
TEST(GoldenKinds, WithTonesAreBothCodingsWithTonesAndWithoutWholeCutAndDamaged) {
  std::set<std::string> found;
  for (const GoldenKind& kind : GoldenKindsWithTones()) {
    EXPECT_TRUE(kind.has_tones);
    const auto coding = kind.ToJson()["coding"].get<std::string>();
    const char* what = kind.is_joined           ? "joined"
                       : kind.damage != "none"  ? "damaged"
                       : kind.pre_skip > 0      ? "cut"
                       : !kind.has_likely_codes ? "any bytes"
                       : kind.channels == 1     ? "mono"
                                                : "stereo";
    found.insert(coding + " " + std::to_string(kind.quality) + " " + what);
  }
  for (const std::string coding : {"fixed ", "entropy "}) {
    for (const char* what : {"4 mono", "4 stereo", "5 mono", "5 stereo", "6 mono", "6 stereo",
                             "5 damaged", "5 cut", "5 joined", "5 any bytes"})
      EXPECT_TRUE(found.contains(coding + what)) << what;
  }
}

TEST_P(Golden, EachDecodesToTheSameCodesAndSound) {
  for (const auto& [file, stream] : streams_) {
    SCOPED_TRACE(file);
    Json wanted = stream["facts"];
    Json found = ReadGolden(ReadFile(folder_ / file), model_);
    const Json wanted_sound = wanted["sound"];
    const Json found_sound = found["sound"];
    wanted.erase("sound");
    found.erase("sound");
    EXPECT_EQ(found, wanted);
    if (wanted_sound.is_null()) continue;
    EXPECT_EQ(found_sound["samples"], wanted_sound["samples"]);
    ASSERT_EQ(found_sound["channels"].size(), wanted_sound["channels"].size());
    double loudest = 0;
    for (const Json& channel : wanted_sound["channels"])
      loudest = std::max(loudest, channel["rms"].get<double>());
    for (size_t c = 0; c < wanted_sound["channels"].size(); ++c) {
      const Json& ours = found_sound["channels"][c];
      const Json& theirs = wanted_sound["channels"][c];
      EXPECT_NEAR(ours["rms"], theirs["rms"], kTolerance * loudest);
      ASSERT_EQ(ours["points"].size(), theirs["points"].size());
      for (size_t i = 0; i < theirs["points"].size(); ++i)
        EXPECT_NEAR(ours["points"][i], theirs["points"][i], kTolerance * loudest) << i;
    }
  }
}

// Entropy coding that saved nothing would leave its decoder untested.
TEST_P(Golden, EntropyCodedStreamsAreSmaller) {
  for (const auto& [file, stream] : streams_) {
    const Json& kind = stream["kind"];
    if (kind["coding"] != "entropy" || kind["likely_codes"] == false || kind["damage"] != "none")
      continue;
    EXPECT_LT(fs::file_size(folder_ / file), fs::file_size(folder_ / ("fixed" + file.substr(7))))
        << file;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Folders, Golden,
    ::testing::Values(
        Folder{"files", MOTET_GOLDEN_FILES, GoldenKinds()},
        Folder{"files_with_bands", MOTET_GOLDEN_FILES "_with_bands", GoldenKindsWithTones()},
        Folder{"files_with_ladder", MOTET_GOLDEN_FILES "_with_ladder", GoldenKindsWithTones()},
        Folder{"files_with_places", MOTET_GOLDEN_FILES "_with_places", GoldenKindsWithTones()},
        Folder{"files_with_tones", MOTET_GOLDEN_FILES "_with_tones", GoldenKindsWithTones()}),
    [](const auto& folder) { return folder.param.name; });

}  // namespace
}  // namespace motet::testing
