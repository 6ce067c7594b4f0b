// Core spends the bytes that training measured: the same contexts, the same integers, the same
// weights. Left out: that core decodes what it wrote (core/tests).
#include <gtest/gtest.h>
#include <motet/model.h>
#include <motet/stream.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "entropy/band_weights.h"
#include "entropy/code_examples.h"
#include "entropy/entropy_network.h"
#include "entropy/entropy_training.h"
#include "entropy/tone_weights.h"
#include "model/tensor_file.h"
#include "model_config/band_symbols.h"
#include "random_model.h"
#include "tests/tiny_model.h"

namespace motet::trainer {
namespace {

constexpr int64_t kPackets = 300;  // two full pages and a part of one
constexpr int64_t kPages = 3;
constexpr size_t kPageHeaderBytes = 14;
constexpr double kRounding = 2;  // bytes of a page: the coder's end, and its divisions

// The random codec of a configuration with this entropy model, as core loads it.
std::shared_ptr<const Model> LoadedModel(const nlohmann::json& config, EntropyModel entropy) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("motet_agreement_" + std::to_string(getpid())))
          .string();
  const auto bytes = motet::testing::RandomModel(config.dump(), 1);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  TensorFile file = ReadTensorFile(path);
  auto meta = nlohmann::json::parse(file.json);
  entropy.codec_identity = meta["identity"];
  meta["identity"] = entropy.Identity();
  meta["entropy"] = entropy.ToJson();
  for (NamedTensor& tensor : entropy.Stored()) file.tensors.push_back(std::move(tensor));
  WriteTensorFile(path, meta.dump(), file.tensors);
  auto model = Model::Load(path);
  std::filesystem::remove(path);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? model.value() : nullptr;
}

// Packets of the highest quality, half of whose codes follow from the ones before, whose tones
// stay, come, go and move, and whose levels of bands mostly change by little.
CodeSequence VariedPackets(const ModelConfig& config) {
  const int64_t bytes = config.packet_bytes(config.max_quality());
  uint32_t state = 1;
  const auto draw = [&](uint32_t end) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % end;
  };
  CodeSequence codes;
  std::vector<Tone> tones(config.tones ? static_cast<size_t>(config.tones->lines) : 0);
  std::vector<uint8_t> levels(config.bands ? static_cast<size_t>(config.bands->count()) : 0);
  for (int64_t packet = 0; packet < kPackets; ++packet) {
    for (int64_t i = 0; i < bytes; ++i)
      codes.push_back(static_cast<uint8_t>(draw(2) != 0 ? 9 * i : draw(256)));
    for (uint8_t& level : levels) {
      if (draw(8) == 0) {
        level = static_cast<uint8_t>(draw(32));
      } else {
        level = static_cast<uint8_t>((level + 31 + draw(3)) % 32);
      }
    }
    if (config.bands)
      std::copy(levels.begin(), levels.end(), codes.end() - bytes + config.bands_offset());
    if (!config.tones) continue;
    if (draw(4) == 0) {
      std::fill(tones.begin(), tones.end(), Tone());
      for (uint32_t count = draw(5); count > 0; --count) {
        tones[draw(240)] = {
            .level = static_cast<uint8_t>(draw(32)),
            .place = static_cast<uint8_t>(draw(static_cast<uint32_t>(config.tones->places())))};
      }
    } else if (draw(2) == 0) {
      std::rotate(tones.begin(), tones.begin() + 1, tones.end());
    }
    WriteTones(*config.tones, tones, codes.data() + codes.size() - bytes + config.tones_offset());
  }
  return codes;
}

class CoreAgreement : public ::testing::TestWithParam<nlohmann::json> {};

TEST_P(CoreAgreement, CoreSpendsTheBytesThatWereMeasured) {
  const ModelConfig config = ParseModelConfig(GetParam());
  const int64_t highest = config.packet_bytes(config.max_quality());
  const CodeSequence codes = VariedPackets(config);
  const CodeExamples examples(config, {codes});
  torch::manual_seed(7);
  EntropyNetwork network(examples.quantizers(), EntropySizes{.embedding = 4, .hidden = 8});
  const auto nothing = [](auto...) {};
  TrainEntropyNetwork(network, examples, {.steps = 100, .batch = 64, .learning_rate = 2e-2},
                      nothing);
  std::optional<ToneWeights> tones;
  if (config.tones) tones = CountTones(examples);
  std::optional<SymbolWeights> bands;
  if (config.bands) bands = CountBands(examples);
  const auto figures = MeasureEntropyNetwork(network, tones, bands, examples, nothing);
  EntropyModel entropy = network->ToModel();
  if (tones) entropy.tensors.merge(tones->ToTensors(*config.tones));
  if (bands) entropy.tensors[kBandTable] = bands->ToTensor();
  const auto model = LoadedModel(GetParam(), entropy);
  ASSERT_NE(model, nullptr);

  for (int quality = 1; quality <= model->info().max_quality; ++quality) {
    const int bytes = model->PacketBytes(quality);
    std::vector<uint8_t> packets;
    for (int64_t packet = 0; packet < kPackets; ++packet) {
      const auto begin = codes.begin() + packet * highest;
      packets.insert(packets.end(), begin, begin + bytes);
    }
    auto writer = StreamWriter::Create({.quality = quality,
                                        .packet_bytes = bytes,
                                        .coding = StreamCoding::kEntropy,
                                        .model_identity = model->info().identity,
                                        .tags = {}},
                                       128, model);
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    std::vector<uint8_t> stream;
    ASSERT_TRUE(writer->Write(packets, &stream).ok());
    std::vector<uint8_t> end;
    ASSERT_TRUE(writer->Finish(0, &end).ok());
    // Behind the last page comes the end page, of 8 bytes.
    const size_t spent = stream.size() + end.size() - 8 - (kPages + 1) * kPageHeaderBytes;
    const double measured =
        figures.packet_bytes[static_cast<size_t>(quality) - 1] * static_cast<double>(kPackets);
    EXPECT_LT(measured, 0.9 * static_cast<double>(packets.size()));
    EXPECT_NEAR(static_cast<double>(spent), measured, kPages * kRounding) << "quality " << quality;
  }
}

std::string NameOf(const ::testing::TestParamInfo<nlohmann::json>& model) {
  const nlohmann::json& config = model.param;
  std::string name = "WithoutTones";
  if (config.contains("tones"))
    name = config["tones"].contains("phases") ? "WithPlacedTones" : "WithTones";
  if (config.contains("ladder")) name += "WithALadderOf" + std::to_string(config["ladder"].size());
  if (config.contains("bands"))
    name += "WithBandsFromQuality" + config["bands"]["from_quality"].dump();
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Models, CoreAgreement,
    ::testing::Values(TinyModelJson(), TinyModelWithTonesJson(),
                      TinyModelWithTonesJson({{"phases", 8}, {"pans", 5}}),
                      WithBandsJson(TinyModelJson()), WithBandsJson(TinyModelWithTonesJson()),
                      WithBandsJson(TinyModelWithTonesJson(), {{"from_quality", 3}}),
                      WithBandsJson(TinyModelWithTonesJson(), {{"from_quality", 12}}),
                      WithLadderJson(TinyModelJson(), motet::testing::kLadder),
                      WithLadderJson(TinyModelJson(), motet::testing::kScatteredLadder),
                      WithLadderJson(WithBandsJson(TinyModelWithTonesJson({{"from_quality", 9}}),
                                                   {{"from_quality", 9}}),
                                     motet::testing::kLadder)),
    NameOf);

}  // namespace
}  // namespace motet::trainer
