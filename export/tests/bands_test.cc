// Levels of bands in the ONNX graphs, run by ONNX Runtime, compared with plain sums in double
// precision of what docs/ARCHITECTURE.md says ("Levels of bands"). What the decoder's head says is
// taken from the graph.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numbers>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "folding.h"
#include "graph/decoder.h"
#include "graph/encoder.h"
#include "graph/onnx_file.h"
#include "graph/quantizer.h"
#include "identity.h"
#include "onnx_runtime.h"
#include "random_network.h"
#include "reference_codec.h"
#include "reference_tones.h"
#include "support/work_folder.h"

namespace motet::exporter {
namespace {

using motet::testing::PacketTones;
using motet::testing::ReferenceCodec;
using motet::testing::ReferenceTones;
using motet::testing::Rows;

constexpr double kTolerance = 1e-4;  // of full scale

struct Case {
  std::string name;
  nlohmann::json config;
};
void PrintTo(const Case& tested, std::ostream* out) { *out << tested.name; }

// The first and the last bin in bands, levels that begin before the tones, a delay of two packets,
// and magnitudes that are limited often.
nlohmann::json BeforeTones() {
  nlohmann::json json = SmallConfigWithBands();
  json["bands"] = {{"edges", {1, 2, 20, 255, 256}}, {"step_db", 3}, {"from_quality", 2}};
  json["encoder"]["coarse"]["lookahead"] = {0};
  json["encoder"]["mid"]["lookahead"] = {0, 0};
  json["decoder"]["coarse"]["lookahead"] = {0, 0};
  json["synthesis"]["max_log_magnitude"] = -1;
  return json;
}

nlohmann::json WithoutTones() {
  nlohmann::json json = SmallConfigWithBands();
  json.erase("tones");
  json["bands"]["from_quality"] = 9;
  return json;
}

// E_b of a packet of mid.
double EnergyIn(const std::vector<double>& mid, size_t packet, int64_t from_bin, int64_t to_bin) {
  double energy = 0;
  for (int64_t t = 4 * static_cast<int64_t>(packet); t < 4 * static_cast<int64_t>(packet) + 4;
       ++t) {
    for (int64_t k = from_bin; k < to_bin; ++k) {
      double re = 0, im = 0;
      for (int64_t n = 0; n < 512; ++n) {
        const int64_t at = 256 * t - 256 + n;
        const double x = at < 0 ? 0 : mid[static_cast<size_t>(at)];
        const double windowed = x * std::sin(std::numbers::pi * static_cast<double>(n) / 512) / 16;
        const double angle = 2 * std::numbers::pi * static_cast<double>(k * n % 512) / 512;
        re += windowed * std::cos(angle);
        im -= windowed * std::sin(angle);
      }
      energy += re * re + im * im;
    }
  }
  return energy;
}

// What a tone of line `k` has of its power in a bin.
double Share(int64_t k, int64_t bin) {
  const double d = static_cast<double>(bin) - static_cast<double>(k) / 4;
  // cos(pi d)/(1 - 4 d^2) has a limit where both are 0.
  const double wave = std::abs(std::abs(d) - 0.5) < 1e-9
                          ? std::numbers::pi / 4
                          : std::cos(std::numbers::pi * d) / (1 - 4 * d * d);
  return 8 / (std::numbers::pi * std::numbers::pi) * wave * wave;
}

class OnnxBandsTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!OnnxRuntime::Missing().empty()) GTEST_SKIP() << OnnxRuntime::Missing();
    model_.config_json = GetParam().config;
    model_.config = trainer::ParseModelConfig(model_.config_json);
    model_.weights = Fold(RandomTraining(model_.config, 5), model_.config);
    model_.identity = Identity(model_.config_json, model_.weights);
  }

  const ModelConfig& config() const { return model_.config; }
  const BandsConfig& bands() const { return *model_.config.bands; }
  size_t RowBytes() const { return static_cast<size_t>(exporter::RowBytes(config())); }
  std::string Path(const char* name) const { return folder_ / name; }

  TrainedModel WithoutBands() const {
    TrainedModel model = model_;
    model.config_json.erase("bands");
    model.config = trainer::ParseModelConfig(model.config_json);
    model.weights.erase("decoder.bands.weight");
    model.weights.erase("decoder.bands.bias");
    return model;
  }

  std::vector<int64_t> Encode(const TrainedModel& model,
                              const std::array<std::vector<float>, 2>& audio) const {
    WriteOnnxFile(Path("encoder.onnx"), EncoderGraph(model));
    return OnnxRuntime(folder_.path().string()).Encode(Path("encoder.onnx"), audio);
  }

  struct Decoded {
    std::array<std::vector<float>, 2> audio;
    Rows head;  // what the decoder's head says
  };
  Decoded Decode(const TrainedModel& model, const std::vector<int64_t>& packets) const {
    onnx::ModelProto graph = DecoderGraph(model);
    auto* head = graph.mutable_graph()->add_output();
    head->set_name("decoder.head");
    head->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    WriteOnnxFile(Path("decoder.onnx"), graph);
    const auto row = static_cast<size_t>(exporter::RowBytes(model.config));
    Decoded decoded;
    decoded.audio =
        OnnxRuntime(folder_.path().string()).Decode(Path("decoder.onnx"), packets, row).audio;
    decoded.head = Rows(4 * packets.size() / row, 1028);
    std::vector<float> values(decoded.head.values.size());
    std::ifstream file(Path("decoder.head"), std::ios::binary);
    file.read(reinterpret_cast<char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(float)));
    EXPECT_TRUE(file);
    decoded.head.values.assign(values.begin(), values.end());
    return decoded;
  }

  // Packets of the highest quality with random codes and tones; `level` makes a level's byte.
  template <typename Level>
  std::vector<int64_t> Packets(size_t count, const Level& level) {
    std::vector<int64_t> packets(count * RowBytes());
    for (size_t i = 0; i < packets.size(); ++i) {
      const auto column = static_cast<int64_t>(i % RowBytes());
      packets[i] = static_cast<int64_t>(random_() % 256);
      if (config().tones && column >= config().tones_offset() &&
          column < config().tones_offset() + config().tones->bytes()) {
        // Of three bytes each: line, level and place, now and then none that there is.
        const int64_t part = (column - config().tones_offset()) % 3;
        packets[i] = static_cast<int64_t>(random_() % (part == 0 ? 256 : part == 1 ? 24 : 40));
      }
    }
    for (size_t p = 0; p < count; ++p) {
      for (int64_t band = 0; band < bands().count(); ++band)
        LevelIn(packets, p, band) = level(p, band);
    }
    return packets;
  }
  int64_t& LevelIn(std::vector<int64_t>& packets, size_t packet, int64_t band) const {
    return packets[packet * RowBytes() + static_cast<size_t>(config().bands_offset() + band)];
  }

  // None in a model without tones.
  std::vector<PacketTones> TonesOf(const std::vector<int64_t>& packets) const {
    std::vector<PacketTones> tones(packets.size() / RowBytes());
    if (!config().tones) return tones;
    const std::vector<uint8_t> bytes(packets.begin(), packets.end());
    for (size_t p = 0; p < tones.size(); ++p) {
      tones[p] = ReferenceTones(config()).Read(
          std::span(bytes).subspan(p * RowBytes() + static_cast<size_t>(config().tones_offset()),
                                   static_cast<size_t>(config().tones->bytes())));
    }
    return tones;
  }
  double PowerIn(int64_t band, const PacketTones& tones) const {
    double power = 0;
    for (const auto& [line, tone] : tones) {
      const double db = -66 + config().tones->step_db * static_cast<double>(tone % 32);
      const auto edge = bands().edges.begin() + band;
      for (int64_t bin = edge[0]; bin < edge[1]; ++bin)
        power += std::pow(10, db / 10) * Share(config().tones->first + line, bin);
    }
    return power;
  }

  // No log-magnitude above the highest.
  Rows Limited(Rows head) const {
    for (size_t t = 0; t < head.frames; ++t) {
      for (const size_t first : {0, 514}) {
        for (size_t i = first; i < first + 257; ++i)
          head.at(t, i) = std::min(head.at(t, i), config().synthesis.max_log_magnitude);
      }
    }
    return head;
  }
  // Left and right of what a head says that is limited already, and of tones.
  std::array<std::vector<double>, 2> Sound(const Rows& head,
                                           const std::vector<PacketTones>& tones) const {
    ModelConfig unlimited = config();
    unlimited.synthesis.max_log_magnitude = 100;
    const motet::testing::RandomTensors none;
    const ReferenceCodec codec(unlimited, none);
    const auto mid = codec.Overlap(head, 0), side = codec.Overlap(head, 514);
    const std::vector<double> silence(mid.size());
    std::array<std::vector<double>, 2> sound = {silence, silence};
    if (config().tones) sound = ReferenceTones(config()).Sound(tones);
    for (size_t n = 0; n < mid.size(); ++n) {
      sound[0][n] += (mid[n] + side[n]) / std::numbers::sqrt2;
      sound[1][n] += (mid[n] - side[n]) / std::numbers::sqrt2;
    }
    return sound;
  }

  TrainedModel model_;
  std::mt19937 random_{17};
  const motet::testing::WorkFolder folder_;
};

TEST_P(OnnxBandsTest, PacketsSayHowLoudMidIs) {
  // From very quiet to loud, then silence.
  auto audio = TestSignal(16, 7);
  std::vector<double> mid;
  for (size_t n = 0; n < audio[0].size(); ++n) {
    const double t = static_cast<double>(n) / static_cast<double>(audio[0].size());
    const double gain = t > 0.8 ? 0 : std::pow(10, 5 * t - 4);
    for (auto& channel : audio) channel[n] *= static_cast<float>(gain);
    mid.push_back((static_cast<double>(audio[0][n]) + static_cast<double>(audio[1][n])) /
                  std::numbers::sqrt2);
  }
  auto packets = Encode(model_, audio);
  ASSERT_EQ(packets.size(), 16 * RowBytes());
  std::set<int64_t> levels;
  size_t unsure = 0;
  for (size_t p = 0; p < 16; ++p) {
    for (int64_t band = 0; band < bands().count(); ++band) {
      const auto edge = bands().edges.begin() + band;
      const double energy = EnergyIn(mid, p, edge[0], edge[1]);
      const double db = 10 * std::log10(energy / 1024 + 1e-11);
      const double steps = std::clamp((db + 93) / bands().step_db, 0.0, 31.0);
      const int64_t level = LevelIn(packets, p, band);
      // In the middle between two levels it can be either in single precision.
      EXPECT_NEAR(static_cast<double>(level), steps, 0.501) << "packet " << p << ", band " << band;
      unsure += std::abs(static_cast<double>(level) - steps) > 0.499;
      levels.insert(level);
    }
  }
  EXPECT_LE(unsure, 2U);
  EXPECT_GE(levels.size(), 16U);
  EXPECT_EQ(levels.count(0), 1U);
}

TEST_P(OnnxBandsTest, StandInColumnsOfTheirOwn) {
  const auto audio = TestSignal(8, 7);
  std::vector<int64_t> others;
  const auto packets = Encode(model_, audio);
  const int64_t offset = config().bands_offset();
  for (size_t i = 0; i < packets.size(); ++i) {
    const auto column = static_cast<int64_t>(i % RowBytes());
    if (column < offset || column >= offset + bands().count()) others.push_back(packets[i]);
  }
  EXPECT_EQ(others, Encode(WithoutBands(), audio));
}

TEST_P(OnnxBandsTest, MidIsBroughtToWhatPacketsSay) {
  const auto delay = static_cast<size_t>((config().delay() / 256 - 1) / 4);
  ASSERT_EQ(config().delay() % 1024, 256);
  auto packets = Packets(delay + 8, [&](size_t, int64_t) -> int64_t {
    const uint32_t kind = random_() % 8;
    if (kind == 0) return 0;
    if (kind == 1) return 32 + static_cast<int64_t>(random_() % 224);  // taken for 31
    return 18 + static_cast<int64_t>(random_() % 14);
  });
  const Decoded found = Decode(model_, packets);
  const auto tones = TonesOf(packets);
  Rows head = Limited(found.head);
  size_t most = 0, least = 0, between = 0;
  for (size_t p = delay; p < delay + 8; ++p) {
    for (int64_t band = 0; band < bands().count(); ++band) {
      const int64_t level = std::min<int64_t>(31, LevelIn(packets, p - delay, band));
      if (level == 0) continue;
      const auto edge = bands().edges.begin() + band;
      const auto from = static_cast<size_t>(edge[0]), to = static_cast<size_t>(edge[1]);
      const size_t heard = p - delay + 2;
      double own = 1024 * (PowerIn(band, tones[heard]) + PowerIn(band, tones[heard - 1])) / 2;
      for (size_t t = 4 * p; t < 4 * p + 4; ++t) {
        for (size_t k = from; k < to; ++k) own += std::exp(2 * head.at(t, k));
      }
      const double db = -93 + bands().step_db * static_cast<double>(level);
      const double gain = std::sqrt(1024 * std::pow(10, db / 10) / (own + 1024e-11));
      (gain >= 4 ? most : gain <= 0.25 ? least : between) += 1;
      for (size_t t = 4 * p; t < 4 * p + 4; ++t) {
        for (size_t k = from; k < to; ++k) head.at(t, k) += std::log(std::clamp(gain, 0.25, 4.0));
      }
    }
  }
  EXPECT_GT(most, 0U);
  EXPECT_GT(least, 0U);
  EXPECT_GT(between, 4U);

  const auto wanted = Sound(head, tones);
  double worst = 0, peak = 0;
  for (size_t c = 0; c < 2; ++c) {
    ASSERT_EQ(found.audio[c].size(), wanted[c].size());
    for (size_t n = 0; n < wanted[c].size(); ++n) {
      worst = std::max(worst, std::abs(wanted[c][n] - static_cast<double>(found.audio[c][n])));
      peak = std::max(peak, std::abs(wanted[c][n]));
    }
  }
  EXPECT_LE(worst, kTolerance);
  EXPECT_GT(peak, 0.1);
  EXPECT_LT(peak, 4);
}

// Levels that stay the same are to the network as a bias.
TEST_P(OnnxBandsTest, TheNetworkIsToldOfThem) {
  const auto level = [](int64_t band) { return (band * 7 + 3) % 40; };  // some above 31
  const auto packets = Packets(5, [&](size_t, int64_t band) { return level(band); });
  TrainedModel without = WithoutBands();
  auto& bias = without.weights.at("decoder.coarse.input.bias").values;
  const auto& weight = model_.weights.at("decoder.bands.weight").values;
  for (size_t o = 0; o < bias.size(); ++o) {
    double sum = static_cast<double>(model_.weights.at("decoder.bands.bias").values[o]);
    for (int64_t band = 0; band < bands().count(); ++band) {
      sum += static_cast<double>(
                 weight[o * static_cast<size_t>(bands().count()) + static_cast<size_t>(band)]) *
             static_cast<double>(std::min<int64_t>(31, level(band))) / 8;
    }
    bias[o] += static_cast<float>(sum);
  }
  std::vector<int64_t> rest;
  for (size_t i = 0; i < packets.size(); ++i) {
    const auto column = static_cast<int64_t>(i % RowBytes()) - config().bands_offset();
    if (column < 0 || column >= bands().count()) rest.push_back(packets[i]);
  }
  const Rows found = Decode(model_, packets).head, wanted = Decode(without, rest).head;
  ASSERT_EQ(found.values.size(), wanted.values.size());
  for (size_t i = 0; i < found.values.size(); ++i)
    ASSERT_NEAR(found.values[i], wanted.values[i], 1e-4) << "value " << i;
}

TEST_P(OnnxBandsTest, WhereTheyAreAbsentNothingIsSaid) {
  const size_t count = static_cast<size_t>(config().bands_delay()) + 4;
  const auto none = Packets(count, [](size_t, int64_t) { return 0; });
  auto absent = none;
  for (size_t p = 0; p < count; ++p) {
    for (int64_t band = 0; band < bands().count(); ++band) LevelIn(absent, p, band) = 256;
  }
  EXPECT_EQ(Decode(model_, absent).audio, Decode(model_, none).audio);
}

INSTANTIATE_TEST_SUITE_P(Cases, OnnxBandsTest,
                         ::testing::Values(Case{"behind_tones", SmallConfigWithBands()},
                                           Case{"before_tones", BeforeTones()},
                                           Case{"without_tones", WithoutTones()}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace motet::exporter
