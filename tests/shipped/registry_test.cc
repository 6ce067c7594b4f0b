// models/index.json, the registry of models, against the models that lie beside it and the list in
// models/HISTORY.md: each model is in all of them, and a released one stays.
#include <gtest/gtest.h>
#include <motet/model.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

namespace motet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kFolder = MOTET_MODELS;

std::string ReadText(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

class Registry : public ::testing::Test {
 protected:
  Registry() : models_(Json::parse(ReadText(kFolder / "index.json"))["models"]) {}

  std::set<std::string> Identities() const {
    std::set<std::string> all;
    for (const Json& model : models_) all.insert(model["identity"].get<std::string>());
    return all;
  }

  const Json models_;
};

TEST_F(Registry, SaysTheSameOfEachModel) {
  ASSERT_FALSE(models_.empty());
  std::set<std::string> names;
  for (const Json& model : models_) {
    const std::string name = model.at("name");
    SCOPED_TRACE(name);
    EXPECT_TRUE(names.insert(name).second) << "names are its own";
    for (const char* key : {"identity", "codec_identity"})
      EXPECT_TRUE(std::regex_match(model.at(key).get<std::string>(), std::regex("[0-9a-f]{16}")));
    EXPECT_TRUE(std::regex_match(model.at("date").get<std::string>(),
                                 std::regex("20[0-9]{2}-[01][0-9]-[0-3][0-9]")));
    EXPECT_EQ(model.at("licence"), "MIT");
    EXPECT_TRUE(fs::path(model.at("file").get<std::string>()).extension() == ".motetmodel");
  }
  EXPECT_EQ(Identities().size(), models_.size()) << "identities are their own";
}

TEST_F(Registry, EachModelIsInTheListOfTheHistory) {
  const std::string text = ReadText(kFolder / "HISTORY.md");
  const std::regex row("\\| `([0-9a-f]{16})` \\|");
  std::set<std::string> listed;
  for (std::sregex_iterator match(text.begin(), text.end(), row), end; match != end; ++match)
    listed.insert((*match)[1]);
  EXPECT_EQ(listed, Identities());
}

TEST_F(Registry, AModelLiesBesideItOrInACommitButAReleasedOneAlwaysBesideIt) {
  std::set<std::string> files;
  for (const Json& entry : models_) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    if (entry.contains("commit")) {
      EXPECT_TRUE(entry["released"].is_null()) << "a released model is never taken away";
      EXPECT_TRUE(
          std::regex_match(entry["commit"].get<std::string>(), std::regex("[0-9a-f]{7,40}")));
      continue;
    }
    const std::string file = entry["file"];
    EXPECT_TRUE(files.insert(file).second) << file;
    const Result<std::shared_ptr<const Model>> model = Model::Load((kFolder / file).string());
    ASSERT_TRUE(model.ok()) << model.status().message();
    EXPECT_EQ((*model)->info().identity, entry["identity"]);
    EXPECT_EQ((*model)->info().codec_identity, entry["codec_identity"]);
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".motetmodel") {
      EXPECT_TRUE(files.contains(entry.path().filename().string()))
          << entry.path() << " is not in index.json";
    }
  }
}

TEST_F(Registry, TheModelThatEncodesComesFirst) {
  EXPECT_EQ(models_[0]["file"], "motet.motetmodel");
  EXPECT_FALSE(models_[0].contains("commit"));
}

}  // namespace
}  // namespace motet
