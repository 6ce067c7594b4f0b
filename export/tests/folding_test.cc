// Folding and the model file: the folded network computes what the trained one does, and a file
// says whose streams it decodes. Left out: the container's own checks (trainer/model/tests).
#include "folding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "identity.h"
#include "model/tensor_storage.h"
#include "random_network.h"
#include "reference.h"
#include "support/work_folder.h"
#include "trained_model.h"

namespace motet::exporter {
namespace {

using trainer::DType;

class ExportTest : public ::testing::Test {
 protected:
  std::string Path(const char* name) const { return folder_ / name; }

  static std::string ErrorOfLoading(const std::string& path) {
    try {
      LoadTrainedModel(path);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  const nlohmann::json json_ = SmallConfig();
  const ModelConfig config_ = trainer::ParseModelConfig(json_);
  const Weights training_ = RandomTraining(config_, 1);
  const motet::testing::WorkFolder folder_;
};

TEST_F(ExportTest, TheFoldedNetworkComputesWhatTheTrainedOneDoes) {
  const Reference trained(training_, config_);
  const Reference folded(Fold(training_, config_), config_);
  const auto audio = TestSignal(12, 2);
  const auto codes = trained.Encode(audio);
  EXPECT_EQ(folded.Encode(audio), codes);
  const auto wanted = trained.Decode(codes);
  const auto found = folded.Decode(codes);
  for (size_t channel = 0; channel < 2; ++channel) {
    for (size_t n = 0; n < wanted.audio[channel].size(); ++n) {
      ASSERT_NEAR(found.audio[channel][n], wanted.audio[channel][n], 1e-5) << "sample " << n;
    }
  }
}

TEST_F(ExportTest, FoldingComplainsAboutWhatItDoesNotKnow) {
  Weights unknown = training_;
  unknown["encoder.gate.weight"] = {{1}, {1}};
  EXPECT_THROW(Fold(unknown, config_), std::runtime_error);
  for (const auto& [name, weight] : training_) {
    Weights missing = training_;
    missing.erase(name);
    EXPECT_THROW(Fold(missing, config_), std::runtime_error) << name;
    Weights reshaped = training_;
    reshaped[name].shape.push_back(1);
    EXPECT_THROW(Fold(reshaped, config_), std::runtime_error) << name;
  }
}

TEST_F(ExportTest, ARunsBestCheckpointBecomesAModel) {
  std::filesystem::create_directory(Path("run"));
  WriteCheckpoint(Path("run/best"), json_, training_);
  const TrainedModel model = LoadTrainedModel(Path("run"));
  EXPECT_EQ(model.config_json, json_);
  EXPECT_EQ(model.info,
            nlohmann::json::parse(R"({"data": "a test", "step": 1200, "audio_seconds": 7104.5})"));
  EXPECT_EQ(model.identity, Identity(json_, model.weights));
  const Weights folded = Fold(training_, config_);
  ASSERT_EQ(model.weights.size(), folded.size());
  for (const auto& [name, weight] : folded) {
    EXPECT_EQ(model.weights.at(name).shape, weight.shape);
    EXPECT_EQ(model.weights.at(name).values, weight.values);
  }
}

TEST_F(ExportTest, ARunItsCheckpointAndItsCheckpointWithoutSuffixAreTheSame) {
  std::filesystem::create_directory(Path("run"));
  WriteCheckpoint(Path("run/best.ckpt"), json_, training_);
  const std::string identity = LoadTrainedModel(Path("run/best.ckpt")).identity;
  EXPECT_EQ(LoadTrainedModel(Path("run/best")).identity, identity);
  EXPECT_EQ(LoadTrainedModel(Path("run")).identity, identity);
}

TEST_F(ExportTest, TheMovingAverageOfAWeightIsPreferred) {
  Weight average = training_.at("encoder.embed.weight");
  for (float& value : average.values) value *= 0.5F;
  WriteCheckpoint(Path("best"), json_, training_,
                  {trainer::StoreFloats("ema.encoder.embed.weight", average.shape, average.values,
                                        DType::kF32)});
  EXPECT_EQ(LoadTrainedModel(Path("best")).weights.at("encoder.embed.weight").values,
            average.values);
}

TEST_F(ExportTest, EveryStorageKeepsTheIdentityAndComesCloseToTheWeights) {
  WriteCheckpoint(Path("best"), json_, training_);
  const TrainedModel model = LoadTrainedModel(Path("best"));
  for (const auto& [storage, bound] :
       {std::pair{DType::kF32, 0.0}, {DType::kF16, 0x1p-11}, {DType::kInt8, 0.5 / 120 * 1.001}}) {
    WriteModelFile(Path("m"), model, storage);
    const TrainedModel loaded = LoadTrainedModel(Path("m"));
    EXPECT_EQ(loaded.identity, model.identity);
    EXPECT_EQ(loaded.info, model.info);
    EXPECT_EQ(loaded.config_json, model.config_json);
    for (const auto& [name, weight] : model.weights) {
      const bool is_sensitive = weight.shape.size() < 2 || name.ends_with(".codebook");
      const double share = is_sensitive && storage == DType::kInt8 ? 0x1p-11 : bound;
      const double smallest = storage == DType::kF32 ? 0 : 0x1p-25;  // of what f16 rounds
      const size_t rows = static_cast<size_t>(weight.shape[0]);
      const size_t columns = weight.values.size() / rows;
      for (size_t row = 0; row < rows; ++row) {
        double peak = 0;
        for (size_t i = 0; i < columns; ++i) {
          peak = std::max(peak, std::abs(double{weight.values[row * columns + i]}));
        }
        for (size_t i = row * columns; i < (row + 1) * columns; ++i) {
          ASSERT_NEAR(loaded.weights.at(name).values[i], weight.values[i], share * peak + smallest)
              << name << " as " << trainer::DTypeName(storage);
        }
      }
    }
  }
}

TEST_F(ExportTest, AModelFileCanBeStoredAgainInASmallerStorage) {
  WriteCheckpoint(Path("best"), json_, training_);
  const TrainedModel model = LoadTrainedModel(Path("best"));
  WriteModelFile(Path("f32"), model, DType::kF32);
  WriteModelFile(Path("direct"), model, DType::kInt8);
  WriteModelFile(Path("again"), LoadTrainedModel(Path("f32")), DType::kInt8);
  const auto direct = trainer::ReadTensorFile(Path("direct"));
  const auto again = trainer::ReadTensorFile(Path("again"));
  EXPECT_EQ(again.json, direct.json);
  for (size_t i = 0; i < direct.tensors.size(); ++i) {
    EXPECT_EQ(again.tensors[i].data, direct.tensors[i].data);
  }
}

TEST_F(ExportTest, TheIdentityDependsOnWhatDecodingReadsAndOnNothingElse) {
  const Weights folded = Fold(training_, config_);
  const std::string identity = Identity(json_, folded);
  EXPECT_EQ(identity.size(), 16U);
  for (const auto& [name, weight] : folded) {
    Weights changed = folded;
    changed[name].values.back() += 1;
    const bool decoding_reads =
        !name.starts_with("encoder.") &&
        !(name.starts_with("quantizer.") && name.find(".input.") != std::string::npos);
    EXPECT_EQ(Identity(json_, changed) != identity, decoding_reads) << name;
  }
  nlohmann::json changed = json_;
  changed["name"] = "other";
  EXPECT_NE(Identity(changed, folded), identity);
  changed = json_;
  changed["tones"]["step_db"] = 3;  // a key without tensors, which decoding reads
  EXPECT_NE(Identity(changed, folded), identity);
  EXPECT_TRUE(folded.contains("decoder.tones.weight"));
  changed = json_;
  changed["ladder"] = {"coarse.0, coarse.1"};  // that the order in packets is another
  EXPECT_NE(Identity(changed, folded), identity);
}

TEST_F(ExportTest, AnEntropyModelIsKeptAsItIsInEveryStorage) {
  WriteCheckpoint(Path("best"), json_, training_);
  TrainedModel model = LoadTrainedModel(Path("best"));
  EXPECT_FALSE(model.entropy.has_value());
  model.entropy = RandomEntropyModel(config_, model.identity, 7);
  model.identity = model.entropy->Identity();
  EXPECT_NE(model.identity, model.entropy->codec_identity);
  for (const DType storage : {DType::kF32, DType::kF16, DType::kInt8}) {
    WriteModelFile(Path("m"), model, storage);
    const TrainedModel loaded = LoadTrainedModel(Path("m"));
    EXPECT_EQ(loaded.identity, model.identity);
    ASSERT_TRUE(loaded.entropy.has_value());
    EXPECT_EQ(loaded.entropy->ToJson(), model.entropy->ToJson());
    EXPECT_EQ(loaded.weights.size(), model.weights.size());
    const auto file = trainer::ReadTensorFile(Path("m"));
    for (const trainer::NamedTensor& tensor : model.entropy->Stored()) {
      const trainer::NamedTensor* found = file.Find(tensor.name);
      ASSERT_NE(found, nullptr) << tensor.name;
      EXPECT_EQ(found->dtype, tensor.dtype) << tensor.name;
      EXPECT_EQ(found->data, tensor.data) << tensor.name;
    }
  }
}

TEST_F(ExportTest, AnEntropyModelThatDoesNotFitIsNamed) {
  WriteCheckpoint(Path("best"), json_, training_);
  TrainedModel model = LoadTrainedModel(Path("best"));
  model.entropy = RandomEntropyModel(config_, model.identity, 7);
  model.identity = model.entropy->Identity();
  WriteModelFile(Path("m"), model, DType::kF32);
  auto file = trainer::ReadTensorFile(Path("m"));
  auto json = nlohmann::json::parse(file.json);
  json["identity"] = model.entropy->codec_identity;
  trainer::WriteTensorFile(Path("m"), json.dump(), file.tensors);
  EXPECT_NE(ErrorOfLoading(Path("m")).find(Path("m") + ": 'identity' is '"), std::string::npos);
  json.erase("entropy");
  trainer::WriteTensorFile(Path("m"), json.dump(), file.tensors);
  EXPECT_EQ(
      ErrorOfLoading(Path("m")),
      Path("m") + ": tensor entropy.coarse.0.embedding does not belong to this configuration");
  model.entropy->tensors["entropy.mid.0.output.weight"].values[3] = 128;
  EXPECT_THROW(WriteModelFile(Path("other"), model, DType::kF32), std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(Path("other")));
}

TEST_F(ExportTest, ErrorsNameTheFileAndTheCause) {
  EXPECT_NE(ErrorOfLoading(folder_.path().string()).find("no checkpoint named best.ckpt"),
            std::string::npos);
  EXPECT_NE(ErrorOfLoading(Path("none")).find(Path("none")), std::string::npos);

  Weights missing = training_;
  missing.erase("decoder.head.bias");
  WriteCheckpoint(Path("best"), json_, missing);
  EXPECT_EQ(ErrorOfLoading(Path("best")),
            Path("best") + ": tensor decoder.head.bias is missing, wanted shape [1028]");

  trainer::WriteTensorFile(Path("text"), "no json", {});
  EXPECT_NE(ErrorOfLoading(Path("text")).find("JSON"), std::string::npos);

  nlohmann::json broken = json_;
  broken.erase("packet");
  WriteCheckpoint(Path("broken"), broken, training_);
  EXPECT_NE(ErrorOfLoading(Path("broken")).find("packet"), std::string::npos);
}

}  // namespace
}  // namespace motet::exporter
