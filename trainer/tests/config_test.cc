// Configurations in layers: base, model and training files override one another, every key is known
// or an error that suggests the nearest, and old resolved configurations mean what they meant.
#include "training/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace motet::trainer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

const fs::path kConfigs = fs::path(MOTET_TRAINER_SOURCE) / "configs";

// base.json, without the parts of the model that are null there.
json Base() {
  json root = json::parse(std::ifstream(kConfigs / "base.json"));
  json& model = root["model"];
  for (auto part = model.begin(); part != model.end();)
    part = part->is_null() ? model.erase(part) : std::next(part);
  return root;
}

fs::path Write(const std::string& name, const std::string& text) {
  const fs::path path = fs::path(::testing::TempDir()) / name;
  std::ofstream(path) << text;
  return path;
}

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

std::vector<fs::path> FilesIn(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kConfigs / folder)) files.push_back(entry.path());
  return files;
}

TEST(ConfigurationFiles, EveryModelGoesWithEveryTraining) {
  const auto models = FilesIn("model"), trainings = FilesIn("training");
  EXPECT_GE(models.size(), 2U);
  EXPECT_GE(trainings.size(), 3U);
  for (const auto& model : models) {
    for (const auto& training : trainings) {
      const auto config = LoadConfiguration({kConfigs / "base.json", model, training}, {});
      const auto wanted = json::parse(std::ifstream(training), nullptr, true, true);
      EXPECT_EQ(config.data.batch, wanted["data"]["batch"].get<int64_t>()) << training;
      EXPECT_EQ(config.model.name, "motet-" + model.stem().string());
    }
  }
}

TEST(ConfigurationFiles, LaterOnesAndSettingsOverrideEarlierOnesValueByValue) {
  const auto first = Write("first.json", R"({"data": {"batch": 3, "threads": 2}})");
  const auto second = Write("second.json", R"({"data": {"threads": 5}, "training": {"seed": 9}})");
  const auto base = LoadConfiguration({kConfigs / "base.json"}, {});
  const auto config =
      LoadConfiguration({kConfigs / "base.json", first, second}, {"training.seed=11"});
  EXPECT_EQ(config.data.batch, 3);
  EXPECT_EQ(config.data.threads, 5);
  EXPECT_EQ(config.training.seed, 11);
  EXPECT_EQ(config.data.cap_seconds, base.data.cap_seconds);
  EXPECT_EQ(config.json["data"]["threads"], 5);  // what a run writes down
}

TEST(ConfigurationFiles, AnUnknownKeyNamesItsFileAndTheNearestKey) {
  const auto base = kConfigs / "base.json";
  const auto over = Write("over.json", R"({"data": {"augmentation": {"mix": {"probabilty": 1}}}})");
  const auto error = ErrorOf([&] { LoadConfiguration({base, over}, {}); });
  EXPECT_THAT(error, HasSubstr(over.string()));
  EXPECT_THAT(error, HasSubstr("unknown key 'data.augmentation.mix.probabilty'; did you mean "
                               "'data.augmentation.mix.probability'?"));
  json root = Base();
  root["data"]["treads"] = 1;
  const auto first = Write("base.json", root.dump());
  const auto in_first = ErrorOf([&] { LoadConfiguration({first}, {}); });
  EXPECT_THAT(in_first, HasSubstr(first.string()));
  EXPECT_THAT(in_first, HasSubstr("unknown key 'data.treads'; did you mean 'data.threads'?"));
  EXPECT_THAT(ErrorOf([&] { LoadConfiguration({base}, {"dat.batch=1"}); }),
              HasSubstr("unknown key 'dat'; did you mean 'data'?"));
  EXPECT_THAT(ErrorOf([&] {
                LoadConfiguration({base, Write("list.json", "[1]")}, {});
              }),
              HasSubstr("must be an object"));
}

TEST(ConfigurationFiles, ValuesOutOfRangeNameTheKey) {
  const auto base = kConfigs / "base.json";
  EXPECT_THAT(
      ErrorOf([&] { LoadConfiguration({base}, {"data.augmentation.swap.probability=1.5"}); }),
      HasSubstr("'data.augmentation.swap.probability' is 1.5, wanted a number from 0.0 to 1.0"));
  EXPECT_THAT(ErrorOf([&] { LoadConfiguration({base}, {"data.bandwidth_balance=-1"}); }),
              HasSubstr("'data.bandwidth_balance' is -1"));
}

TEST(ConfigurationFiles, APartOfTheModelThatIsNullIsAbsent) {
  json root = Base();
  root["model"]["encoder"]["later"] = nullptr;
  const auto base = Write("null.json", root.dump());
  EXPECT_EQ(LoadConfiguration({base}, {}).json, Base());
  EXPECT_EQ(LoadConfiguration({base}, {"model.encoder.later=null"}).json, Base());
  const auto over = Write("part.json", R"({"model": {"encoder": {"later": {"width": 3}}}})");
  EXPECT_EQ(LoadConfiguration({base, over}, {"model.encoder.later=null"}).json, Base());
  // Given, it is what the model's description must know.
  EXPECT_THAT(ErrorOf([&] {
                LoadConfiguration({base, over}, {});
              }),
              HasSubstr("unknown key 'model.encoder.later'"));
}

TEST(ConfigurationFiles, LocalStepsMustMeetAtCheckpointsAndHaveNothingElseToAgreeOn) {
  const auto base = kConfigs / "base.json";
  const auto error = [&](const std::vector<std::string>& settings) {
    return ErrorOf([&] { LoadConfiguration({base}, settings); });
  };
  const std::string twenty = "training.local_steps=20";
  EXPECT_EQ(error({twenty, "training.checkpoint_every=260"}), "no error");
  EXPECT_THAT(error({twenty, "training.checkpoint_every=250"}), HasSubstr("must be multiples of"));
  EXPECT_THAT(error({"training.local_steps=125", "training.validate_every=300"}),
              HasSubstr("must be multiples of"));
  for (const std::string other :
       {"losses.adversarial=1", "losses.balancer=true", "training.precision=fp16"}) {
    EXPECT_THAT(error({twenty, "training.checkpoint_every=260", other}),
                HasSubstr("'training.local_steps' above 1 goes with neither"))
        << other;
  }
}

TEST(ConfigurationFiles, AResolvedConfigurationOfBeforeAugmentationMeansWhatItMeant) {
  json old = Base();
  for (const char* key : {"augmentation", "track_balance", "bandwidth_balance"})
    old["data"].erase(key);
  old["data"]["gain_db"] = 4.5;
  old["data"]["silence"] = 0.08;
  AddLaterKeys(old);
  const DataConfig data = ParseConfiguration(old).data;
  EXPECT_EQ(data.augmentation.gain_probability, 1);
  EXPECT_EQ(data.augmentation.gain_db, 4.5);
  EXPECT_EQ(data.augmentation.silence_probability, 0.08);
  EXPECT_EQ(data.augmentation.peak, 0);
  EXPECT_EQ(data.track_balance, 0);
  EXPECT_EQ(data.bandwidth_balance, 0);
  for (const double probability :
       {data.augmentation.speed_probability, data.augmentation.stems_probability,
        data.augmentation.mix_probability, data.augmentation.width_probability,
        data.augmentation.tilt_probability, data.augmentation.swap_probability,
        data.augmentation.polarity_probability})
    EXPECT_EQ(probability, 0);

  json current = Base();
  AddLaterKeys(current);
  EXPECT_EQ(current, Base());  // base.json lacks nothing
}

}  // namespace
}  // namespace motet::trainer
