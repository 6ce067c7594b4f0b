// The program motet-export: exit codes, messages, and which files are there afterwards.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "identity.h"
#include "random_network.h"
#include "support/work_folder.h"
#include "trained_model.h"

namespace motet::exporter {
namespace {

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(Path("run"));
    const auto config = SmallConfig();
    WriteCheckpoint(Path("run/best.ckpt"), config,
                    RandomTraining(trainer::ParseModelConfig(config), 1));
  }
  std::string Path(const char* name) const { return folder_ / name; }

  // Runs `motet-export arguments` in the folder; its output is in said_.
  int Export(const std::string& arguments) {
    return folder_.Run("'" MOTET_EXPORT "' " + arguments, said_);
  }
  size_t Files() const { return folder_.Files(); }

  const motet::testing::WorkFolder folder_;
  std::string said_;
};

TEST_F(ProgramTest, WritesTheModelFileAndTheGraphs) {
  ASSERT_EQ(Export("run/best --out m.motetmodel --weights int8 --onnx graphs"), 0) << said_;
  EXPECT_EQ(Files(), 4U);
  EXPECT_NE(said_.find(LoadTrainedModel(Path("m.motetmodel")).identity), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(Path("graphs/encoder.onnx")));
  EXPECT_TRUE(std::filesystem::exists(Path("graphs/decoder.onnx")));
}

TEST_F(ProgramTest, SaysItsNameWithItsVersionAndWithWhatIsWrong) {
  EXPECT_EQ(Export("--version"), 0);
  EXPECT_EQ(said_.rfind("motet-export ", 0), 0u) << said_;
  EXPECT_EQ(Export("run --nonsense"), 2);
  EXPECT_EQ(said_.rfind("motet-export: ", 0), 0u) << said_;
  EXPECT_NE(said_.find("--nonsense"), std::string::npos) << said_;
}

TEST_F(ProgramTest, ReplacesNothingButRegularFiles) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(Export("run --out pipe --force"), 1);
  EXPECT_NE(said_.find("pipe: is no regular file"), std::string::npos) << said_;
  EXPECT_TRUE(std::filesystem::is_fifo(Path("pipe")));
  // Through a symbolic link the file that it leads to is written.
  std::filesystem::create_directories(Path("models"));
  std::filesystem::create_symlink("models/m.motetmodel", Path("link"));
  ASSERT_EQ(Export("run --out link"), 0) << said_;
  EXPECT_TRUE(std::filesystem::is_symlink(Path("link")));
  EXPECT_TRUE(std::filesystem::is_regular_file(Path("models/m.motetmodel")));
  EXPECT_EQ(Export("run --out link"), 1);
  EXPECT_EQ(Export("run --out no/such/m.motetmodel"), 1);
  EXPECT_NE(said_.find("there is no folder 'no/such'"), std::string::npos) << said_;
  EXPECT_EQ(Export("run --onnx models/m.motetmodel"), 1);
  EXPECT_NE(said_.find("is a file, wanted a folder"), std::string::npos) << said_;
}

TEST_F(ProgramTest, OfTheSameModelTwiceThereIsNoMean) {
  EXPECT_EQ(Export("run run/best --out mean.motetmodel"), 1);
  EXPECT_NE(said_.find("is the same model as"), std::string::npos) << said_;
}

TEST_F(ProgramTest, OfSeveralTakesTheMeanOfTheirWeights) {
  const auto config = SmallConfig();
  const ModelConfig parsed = trainer::ParseModelConfig(config);
  WriteCheckpoint(Path("two.ckpt"), config, RandomTraining(parsed, 2));
  WriteCheckpoint(Path("three.ckpt"), config, RandomTraining(parsed, 3));
  ASSERT_EQ(Export("run two three.ckpt --out mean.motetmodel"), 0) << said_;
  const std::vector<TrainedModel> models = {LoadTrainedModel(Path("run")),
                                            LoadTrainedModel(Path("two")),
                                            LoadTrainedModel(Path("three"))};
  const TrainedModel mean = LoadTrainedModel(Path("mean.motetmodel"));
  for (const auto& [name, weight] : mean.weights) {
    for (size_t i = 0; i < weight.values.size(); ++i) {
      double sum = 0;
      for (const TrainedModel& model : models)
        sum += static_cast<double>(model.weights.at(name).values[i]);
      ASSERT_FLOAT_EQ(weight.values[i], static_cast<float>(sum / 3)) << name;
    }
  }
  EXPECT_EQ(mean.identity, Identity(mean.config_json, mean.weights));
  EXPECT_EQ(mean.info["averaged"],
            nlohmann::json({models[0].identity, models[1].identity, models[2].identity}));
  EXPECT_EQ(mean.info["step"], models[0].info["step"]);

  nlohmann::json other = config;
  other["name"] = "another";
  WriteCheckpoint(Path("other.ckpt"), other, RandomTraining(parsed, 2));
  EXPECT_EQ(Export("run other.ckpt --out no.motetmodel"), 1);
  EXPECT_NE(said_.find("other.ckpt"), std::string::npos) << said_;
  EXPECT_FALSE(std::filesystem::exists(Path("no.motetmodel")));
}

TEST_F(ProgramTest, TakesTheEntropyModelOfACodecWithTheSameCodes) {
  TrainedModel other = LoadTrainedModel(Path("run"));
  other.weights.at("decoder.head.bias").values[0] += 1;  // decodes otherwise
  other.identity = Identity(other.config_json, other.weights);
  other.entropy = RandomEntropyModel(other.config, other.identity, 7);
  other.identity = other.entropy->Identity();
  WriteModelFile(Path("other.motetmodel"), other, trainer::DType::kF32);
  ASSERT_EQ(Export("run --out m.motetmodel --entropy-of other.motetmodel"), 0) << said_;
  const TrainedModel made = LoadTrainedModel(Path("m.motetmodel"));
  ASSERT_TRUE(made.entropy);
  EXPECT_EQ(made.entropy->codec_identity, LoadTrainedModel(Path("run")).identity);
  EXPECT_EQ(made.entropy->Identity(), made.identity);
  EXPECT_NE(made.identity, other.identity);
  EXPECT_EQ(made.entropy->tensors.size(), other.entropy->tensors.size());
  const auto& weights = other.entropy->tensors.at("entropy.tones.levels").values;
  EXPECT_EQ(made.entropy->tensors.at("entropy.tones.levels").values, weights);

  // The entropy model is learned from the codes of an int8 file, whose weights are rounded.
  WriteModelFile(Path("rounded.motetmodel"), other, trainer::DType::kInt8);
  ASSERT_EQ(Export("run --out r.motetmodel --weights int8 --entropy-of rounded.motetmodel"), 0)
      << said_;
  EXPECT_EQ(LoadTrainedModel(Path("r.motetmodel")).identity, made.identity);
  EXPECT_EQ(Export("run --out n.motetmodel --weights f32 --entropy-of rounded.motetmodel"), 1);

  TrainedModel without = other;
  without.config_json.erase("tones");
  without.config = trainer::ParseModelConfig(without.config_json);
  without.weights.erase("decoder.tones.weight");
  without.weights.erase("decoder.tones.bias");
  without.entropy = RandomEntropyModel(without.config, without.identity, 7);
  without.identity = without.entropy->Identity();
  WriteModelFile(Path("without.motetmodel"), without, trainer::DType::kF32);
  EXPECT_EQ(Export("run --out n.motetmodel --entropy-of without.motetmodel"), 1);
  EXPECT_NE(said_.find("because 'tones' is not the same there"), std::string::npos) << said_;

  other.weights.at("encoder.embed.bias").values[0] += 1;
  WriteModelFile(Path("other.motetmodel"), other, trainer::DType::kF32);
  EXPECT_EQ(Export("run --out n.motetmodel --entropy-of other.motetmodel"), 1);
  EXPECT_NE(said_.find("'encoder.embed.bias' is not the same"), std::string::npos) << said_;
  EXPECT_FALSE(std::filesystem::exists(Path("n.motetmodel")));
  EXPECT_EQ(Export("run --out n.motetmodel --entropy-of m.ckpt"), 1);
  EXPECT_EQ(Export("run --out n.motetmodel --entropy-of run/best.ckpt"), 1);
  EXPECT_NE(said_.find("has no entropy model to take"), std::string::npos) << said_;
}

TEST_F(ProgramTest, TakesTheEntropyModelOfACodecWithTheSameBandsAlone) {
  const auto config = SmallConfigWithBands();
  WriteCheckpoint(Path("banded.ckpt"), config,
                  RandomTraining(trainer::ParseModelConfig(config), 1));
  TrainedModel other = LoadTrainedModel(Path("banded.ckpt"));
  other.weights.at("decoder.bands.bias").values[0] += 1;  // decodes otherwise
  const auto write = [&](const char* name) {
    other.config = trainer::ParseModelConfig(other.config_json);
    other.identity = Identity(other.config_json, other.weights);
    other.entropy = RandomEntropyModel(other.config, other.identity, 7);
    other.identity = other.entropy->Identity();
    WriteModelFile(Path(name), other, trainer::DType::kF32);
  };
  write("same.motetmodel");
  ASSERT_EQ(Export("banded.ckpt --out m.motetmodel --entropy-of same.motetmodel"), 0) << said_;
  const TrainedModel made = LoadTrainedModel(Path("m.motetmodel"));
  ASSERT_TRUE(made.entropy);
  EXPECT_EQ(made.entropy->tensors.at("entropy.bands.levels").values,
            other.entropy->tensors.at("entropy.bands.levels").values);

  const auto expect_refusal = [&](const std::string& arguments) {
    EXPECT_EQ(Export(arguments + " --out n.motetmodel"), 1);
    EXPECT_NE(said_.find("because 'bands' is not the same there"), std::string::npos) << said_;
    EXPECT_FALSE(std::filesystem::exists(Path("n.motetmodel")));
  };
  expect_refusal("run --entropy-of same.motetmodel");  // has none
  other.config_json["bands"]["edges"][0] = 4;
  write("others.motetmodel");
  expect_refusal("banded.ckpt --entropy-of others.motetmodel");
  other.config_json.erase("bands");
  other.weights.erase("decoder.bands.weight");
  other.weights.erase("decoder.bands.bias");
  write("without.motetmodel");
  expect_refusal("banded.ckpt --entropy-of without.motetmodel");
}

TEST_F(ProgramTest, WritesTheEntropyModelBesideTheGraphs) {
  TrainedModel model = LoadTrainedModel(Path("run"));
  model.entropy = RandomEntropyModel(model.config, model.identity, 7);
  model.identity = model.entropy->Identity();
  WriteModelFile(Path("m.motetmodel"), model, trainer::DType::kInt8);
  ASSERT_EQ(Export("m.motetmodel --onnx graphs"), 0) << said_;
  EXPECT_EQ(Files(), 5U);
  EXPECT_NE(said_.find("entropy.tensors"), std::string::npos) << said_;
  const auto found = trainer::ReadTensorFile(Path("graphs/entropy.tensors"));
  EXPECT_EQ(found.json, trainer::ReadTensorFile(Path("m.motetmodel")).json);
  const auto wanted = model.entropy->Stored();
  ASSERT_EQ(found.tensors.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(found.tensors[i].name, wanted[i].name);
    EXPECT_EQ(found.tensors[i].data, wanted[i].data);
  }

  // Graphs of a model without one do not stay beside another's.
  EXPECT_EQ(Export("run --onnx graphs"), 1);
  EXPECT_EQ(Files(), 5U);
  ASSERT_EQ(Export("run --onnx graphs --force"), 0) << said_;
  EXPECT_EQ(Files(), 4U);
}

TEST_F(ProgramTest, ReplacesAFileOnlyWhenTold) {
  ASSERT_EQ(Export("run --out m.motetmodel"), 0);
  EXPECT_EQ(Export("run --out m.motetmodel --weights int8"), 1);
  EXPECT_NE(said_.find("m.motetmodel: exists already; --force replaces it"), std::string::npos);
  const auto before = std::filesystem::file_size(Path("m.motetmodel"));
  EXPECT_EQ(Export("run --out m.motetmodel --weights int8 --force"), 0);
  EXPECT_LT(std::filesystem::file_size(Path("m.motetmodel")), before / 2);
}

TEST_F(ProgramTest, FailsWithOneSentenceAndNoFile) {
  std::ofstream(Path("noise")) << std::string(1000, 'x');
  for (const char* arguments :
       {"none --out m", "noise --out m", ". --out m", "run --out no/such/folder/m",
        "run --out m --onnx noise", "none --onnx graphs"}) {
    EXPECT_EQ(Export(arguments), 1) << arguments;
    EXPECT_EQ(said_.rfind("motet-export: ", 0), said_.find("motet-export: ")) << said_;
    EXPECT_NE(said_.find("motet-export: "), std::string::npos) << said_;
    EXPECT_EQ(Files(), 2U) << arguments;
  }
}

TEST_F(ProgramTest, RefusesAnExperimentOfTheTrainer) {
  auto config = SmallConfig();
  const auto training = RandomTraining(trainer::ParseModelConfig(config), 1);
  config["synthesis"]["type"] = "mdct";
  WriteCheckpoint(Path("run/best.ckpt"), config, training);
  EXPECT_EQ(Export("run --out m"), 1);
  EXPECT_NE(said_.find("best.ckpt: 'synthesis.type' is 'mdct', wanted 'istft'"), std::string::npos)
      << said_;
}

TEST_F(ProgramTest, SaysHowItIsUsed) {
  EXPECT_EQ(Export("--help"), 0);
  EXPECT_EQ(Export(""), 2);
  EXPECT_EQ(Export("run"), 2);
  EXPECT_EQ(Export("run --out m --weights int4"), 2);
  EXPECT_NE(said_.find("int8"), std::string::npos) << said_;
  EXPECT_EQ(Export("run --out m --faster"), 2);
}

}  // namespace
}  // namespace motet::exporter
