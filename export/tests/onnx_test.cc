// The ONNX graphs, run by ONNX Runtime, compute docs/ARCHITECTURE.md: same codes and, within 1e-4,
// same sound and features as plain loops in double precision. Left out: agreement with core on real
// music (tests/agreement).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <numbers>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "onnx_graphs.h"
#include "random_tensors.h"
#include "reference_tones.h"

namespace motet::exporter {
namespace {

// SmallConfig, and the same with other places for lookahead, more quantizers and no tones.
nlohmann::json OtherConfig() {
  nlohmann::json json = SmallConfig();
  json["encoder"]["coarse"]["lookahead"] = {0};
  json["encoder"]["mid"]["lookahead"] = {1};
  json["encoder"]["fine"]["lookahead"] = {0, 0};
  json["decoder"]["coarse"]["lookahead"] = {0};
  json["decoder"]["mid"]["lookahead"] = {0, 2};
  json["decoder"]["fine"]["lookahead"] = {0};
  json["quantizer"]["per_level"] = 4;
  json.erase("tones");
  return json;
}

// With the bytes of tones and the levels of bands between two halves of a quantizer.
nlohmann::json LadderConfig() {
  nlohmann::json json = SmallConfigWithBands();
  json["quantizer"]["per_level"] = 4;
  json["ladder"] = nlohmann::json::parse(motet::testing::kLadder);
  json["tones"]["from_quality"] = json["bands"]["from_quality"] = 9;
  return json;
}

nlohmann::json ScatteredLadderConfig() {
  nlohmann::json json = OtherConfig();
  json["ladder"] = nlohmann::json::parse(motet::testing::kScatteredLadder);
  return json;
}

struct Architecture {
  std::string name;
  nlohmann::json config;
  std::string packet_bytes;  // of each quality, by hand
};
void PrintTo(const Architecture& architecture, std::ostream* out) { *out << architecture.name; }

class OnnxTest : public OnnxGraphs, public ::testing::WithParamInterface<Architecture> {
 protected:
  void SetUp() override { Build(GetParam().config); }
};

TEST_P(OnnxTest, EncodesAsTheArchitectureSays) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  ExpectSameCodes(TestSignal(24, 7));
}

TEST_P(OnnxTest, EncodesASinglePacketAndSilence) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  ExpectSameCodes(TestSignal(1, 8));
  ExpectSameCodes({std::vector<float>(3 * 1024), std::vector<float>(3 * 1024)});
}

TEST_P(OnnxTest, DecodesAsTheArchitectureSays) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  const auto packets = Reference(model_.weights, model_.config).Encode(TestSignal(12, 9));
  const double peak = ExpectSameSound(packets);
  EXPECT_GT(peak, 0.1);
  EXPECT_LT(peak, 1.5);
}

TEST_P(OnnxTest, DecodesASinglePacket) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  ExpectSameSound(Reference(model_.weights, model_.config).Encode(TestSignal(1, 10)));
}

TEST_P(OnnxTest, OneGraphServesEveryQuality) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  // Long enough for levels of bands to be heard.
  const auto more = model_.config.bands ? static_cast<size_t>(model_.config.bands_delay()) : 0;
  const auto all = Reference(model_.weights, model_.config).Encode(TestSignal(3 + more, 11));
  const int64_t highest = model_.config.max_quality();
  std::vector<int64_t> qualities = {1, 3, highest - 1};  // at 3: no tones, no levels
  if (!model_.config.own_ladder.empty()) {
    qualities.resize(static_cast<size_t>(highest));
    std::iota(qualities.begin(), qualities.end(), 1);
  }
  for (const int64_t quality : qualities) {
    SCOPED_TRACE("quality " + std::to_string(quality));
    const auto kept = static_cast<size_t>(model_.config.packet_bytes(quality));
    auto packets = all;
    for (size_t i = 0; i < packets.size(); ++i) {
      if (i % row_bytes_ >= kept) packets[i] = model_.config.quantizer.entries;
    }
    ExpectSameSound(packets);
  }
}

TEST_P(OnnxTest, ANewcomerFindsTheLayersOfTheArchitecturePageInTheGraph) {
  const onnx::ModelProto decoder = DecoderGraph(model_);
  size_t found = 0;
  for (const auto& node : decoder.graph().node()) {
    found += node.name() == "decoder.fine.blocks.0.expand" && node.op_type() == "Gemm";
  }
  for (const auto& tensor : decoder.graph().initializer()) {
    found += tensor.name() == "decoder.fine.blocks.0.expand.weight";
  }
  EXPECT_EQ(found, 2U);
}

// None that model_config/ lists was forgotten. (One that it does not list cannot be asked for.)
TEST_P(OnnxTest, EveryTensorOfTheDescriptionIsInAGraph) {
  std::map<std::string, int64_t> found;  // how many values
  for (const onnx::ModelProto& model : {EncoderGraph(model_), DecoderGraph(model_)}) {
    for (const auto& tensor : model.graph().initializer()) {
      int64_t size = 1;
      for (const int64_t extent : tensor.dims()) size *= extent;
      found.emplace(tensor.name(), size);  // the decoder's codebooks have one row more
    }
  }
  for (const auto& [name, shape] : ModelTensors(model_.config)) {
    int64_t size = 1;
    for (const int64_t extent : shape) size *= extent;
    ASSERT_TRUE(found.contains(name)) << name;
    EXPECT_EQ(found.at(name), size) << name;
  }
}

TEST_P(OnnxTest, TheGraphsSayWhatAProgramNeedsToKnow) {
  const onnx::ModelProto encoder = EncoderGraph(model_);
  std::map<std::string, std::string> properties;
  for (const auto& entry : encoder.metadata_props()) properties[entry.key()] = entry.value();
  EXPECT_EQ(properties["identity"], model_.identity);
  EXPECT_EQ(properties["codec_identity"], model_.identity);  // it has no entropy model
  EXPECT_EQ(properties["delay_samples"], std::to_string(model_.config.delay()));
  EXPECT_EQ(properties["packet_samples"], "1024");
  EXPECT_EQ(properties["encoder_preroll_packets"], std::to_string(model_.config.encoder_preroll()));
  EXPECT_EQ(properties["decoder_preroll_packets"], std::to_string(model_.config.decoder_preroll()));
  EXPECT_EQ(properties["packet_bytes"], GetParam().packet_bytes);
  EXPECT_EQ(properties["default_quality"], "6");
  EXPECT_EQ(properties["sample_rate"], "44100");
}

INSTANTIATE_TEST_SUITE_P(
    Architectures, OnnxTest,
    ::testing::Values(Architecture{"small", SmallConfig(), "1,2,4,30,34,38,39,41,45"},
                      Architecture{"other", OtherConfig(), "1,2,4,6,10,14,15,16,18,20,24,28"},
                      Architecture{"bands", SmallConfigWithBands(), "1,2,4,38,42,46,47,49,53"},
                      Architecture{"ladder", LadderConfig(), "1,2,4,6,10,14,16,18,52,54,58,60"},
                      Architecture{"scattered_ladder", ScatteredLadderConfig(),
                                   "4,6,10,13,15,17,21,22,26,27,28"}),
    [](const auto& tested) { return tested.param.name; });

class OnnxTonesTest : public OnnxGraphs {
 protected:
  // That the encoder's graph chooses the tones of the reference, and some in most packets. The
  // signal has besides sinusoids of `cycles` per sample.
  void ExpectSameTones(const nlohmann::json& tones, const std::vector<double>& cycles = {}) {
    nlohmann::json json = SmallConfig();
    json["tones"] = tones;
    Build(json);
    auto audio = TestSignal(60, 14);
    for (const double each : cycles) {
      for (size_t n = 0; n < audio[0].size(); ++n) {
        const double turns = each * static_cast<double>(n);
        audio[0][n] += static_cast<float>(0.02 * std::cos(2 * std::numbers::pi * turns));
      }
    }
    const auto found = OnnxRuntime(folder_.path().string()).Encode(Path("encoder.onnx"), audio);
    const motet::testing::ReferenceTones reference(model_.config);
    const auto wanted = reference.Pick({audio[0], audio[1]});
    ASSERT_EQ(found.size(), wanted.size() * row_bytes_);
    size_t different = 0;
    size_t some = 0;
    for (size_t p = 0; p < wanted.size(); ++p) {
      const auto begin = found.begin() + static_cast<std::ptrdiff_t>(p * row_bytes_) +
                         model_.config.tones_offset();
      const std::vector<uint8_t> bytes(begin, begin + model_.config.tones->bytes());
      different += bytes != reference.Bytes(wanted[p]);
      some += !wanted[p].empty();
    }
    EXPECT_GT(some, 40U);
    EXPECT_EQ(different, 0U) << "of the packets";
  }
};

TEST_F(OnnxTonesTest, AreChosenFromTheFirstBinOn) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  ExpectSameTones(
      {{"first", 1}, {"lines", 100}, {"count", 13}, {"step_db", 1.5}, {"from_quality", 1}});
}

TEST_F(OnnxTonesTest, AreChosenWithPhasesOrPansAlone) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  nlohmann::json tones = {
      {"first", 30}, {"lines", 100}, {"count", 9}, {"step_db", 3}, {"from_quality", 2}};
  for (const auto& [key, number] : {std::pair{"phases", 16}, {"pans", 3}}) {
    nlohmann::json with = tones;
    with[key] = number;
    ExpectSameTones(with);
  }
}

TEST_F(OnnxTonesTest, AreChosenUpToTheLastBin) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  ExpectSameTones(
      {{"first", 769}, {"lines", 255}, {"count", 3}, {"step_db", 6}, {"from_quality", 9}},
      {0.4211, 0.4507, 0.4802, 0.4991});
}

TEST_F(OnnxTonesTest, InTheMiddleWithPhasesOfTheirOwnSoundAsTheArchitectureSays) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  nlohmann::json json = SmallConfig();
  json["tones"].erase("phases");
  json["tones"].erase("pans");
  Build(json);
  const auto packets = Reference(model_.weights, model_.config).Encode(TestSignal(5, 12));
  EXPECT_GT(ExpectSameSound(packets), 0.1);
}

// Such as the same line twice, lines beyond the last, levels that there are not.
TEST_F(OnnxTonesTest, AreReadFromBytesThatNoEncoderWrites) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  Build(SmallConfig());
  auto packets = Reference(model_.weights, model_.config).Encode(TestSignal(4, 12));
  std::mt19937 random(13);
  const auto offset = static_cast<size_t>(model_.config.tones_offset());
  const auto bytes = static_cast<size_t>(model_.config.tones->bytes());
  for (size_t p = 0; p < 4; ++p) {
    for (size_t i = 0; i < bytes; ++i) {
      const uint32_t below = random() % 3 == 0 ? 256 : i % 3 == 0 ? 4 : 24;
      packets[p * row_bytes_ + offset + i] = static_cast<int64_t>(random() % below);
    }
  }
  EXPECT_GT(ExpectSameSound(packets), 0.1);
}

// With levels of bands, too, whose decoder transforms their sound.
TEST_F(OnnxTonesTest, TakeLittleRoomInTheFiles) {
  for (nlohmann::json json : {SmallConfig(), SmallConfigWithBands()}) {
    Build(json);
    const auto sizes = [&] {
      return std::array{std::filesystem::file_size(Path("encoder.onnx")),
                        std::filesystem::file_size(Path("decoder.onnx"))};
    };
    const auto with = sizes();
    const auto told = 4 * (model_.weights.at("decoder.tones.weight").values.size() +
                           model_.weights.at("decoder.tones.bias").values.size());
    json.erase("tones");
    Build(json);
    const auto without = sizes();
    EXPECT_LT(with[0] - without[0], 60000U);
    EXPECT_LT(with[1] - without[1] - told, 50000U);
  }
}

}  // namespace
}  // namespace motet::exporter
