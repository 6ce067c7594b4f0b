// Levels of bands in the ONNX graphs, run by ONNX Runtime: what they are at all loudnesses, and
// what is made of those that packets say, whoever wrote them. A codec with levels, from sound to
// sound, is compared with the reference in onnx_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "onnx_graphs.h"
#include "reference_bands.h"

namespace motet::exporter {
namespace {

using motet::testing::ReferenceBands;

struct Case {
  std::string name;
  nlohmann::json config;
};
void PrintTo(const Case& tested, std::ostream* out) { *out << tested.name; }

// The first and the last bin in bands, tones down to the lowest, levels that begin before them, a
// delay of two packets, and magnitudes that are limited often.
nlohmann::json BeforeTones() {
  nlohmann::json json = SmallConfigWithBands();
  json["bands"] = {{"edges", {1, 2, 20, 255, 256}}, {"step_db", 3}, {"from_quality", 2}};
  json["tones"]["first"] = 1;
  json["encoder"]["coarse"]["lookahead"] = {0};
  json["encoder"]["mid"]["lookahead"] = {0, 0};
  json["decoder"]["coarse"]["lookahead"] = {0, 0};
  json["synthesis"]["max_log_magnitude"] = -1;
  return json;
}

// So there is a quality with tones alone.
nlohmann::json LaterThanTones() {
  nlohmann::json json = SmallConfigWithBands();
  json["bands"]["from_quality"] = 9;
  return json;
}

// All in mid, in phases that follow from their lines, and up to the highest.
nlohmann::json WithTonesInTheMiddle() {
  nlohmann::json json = SmallConfigWithBands();
  json["tones"].erase("phases");
  json["tones"].erase("pans");
  json["tones"]["first"] = 769;
  json["tones"]["lines"] = 255;
  return json;
}

nlohmann::json WithoutTones() {
  nlohmann::json json = SmallConfigWithBands();
  json.erase("tones");
  json["bands"]["from_quality"] = 9;
  return json;
}

class OnnxBandsTest : public OnnxGraphs, public ::testing::WithParamInterface<Case> {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_ONNX_RUNTIME();
    Build(GetParam().config);
  }

  const ModelConfig& config() const { return model_.config; }
  size_t count() const { return static_cast<size_t>(config().bands->count()); }

  // Packets of the highest quality with random codes and tones; `level` makes a level's byte.
  template <typename Level>
  std::vector<int64_t> Packets(size_t packets, const Level& level) {
    std::vector<int64_t> rows(packets * row_bytes_);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto column = static_cast<int64_t>(i % row_bytes_);
      rows[i] = static_cast<int64_t>(random_() % 256);
      if (config().tones && column >= config().tones_offset() &&
          column < config().tones_offset() + config().tones->bytes()) {
        // Line, level and perhaps place, now and then none that there is.
        const int64_t part = (column - config().tones_offset()) % config().tones->bytes_each();
        rows[i] = static_cast<int64_t>(random_() % (part == 0 ? 256 : part == 1 ? 24 : 40));
      }
    }
    for (size_t p = 0; p < packets; ++p) {
      for (size_t band = 0; band < count(); ++band) LevelIn(rows, p, band) = level();
    }
    return rows;
  }
  int64_t& LevelIn(std::vector<int64_t>& rows, size_t packet, size_t band) const {
    return rows[packet * row_bytes_ + static_cast<size_t>(config().bands_offset()) + band];
  }
  // Some that say nothing, some that there are not, others such that gains are of all sizes.
  int64_t AnyLevel() {
    const uint32_t kind = random_() % 8;
    if (kind == 0) return 0;
    if (kind == 1) return 32 + static_cast<int64_t>(random_() % 224);
    return 18 + static_cast<int64_t>(random_() % 14);
  }

  std::mt19937 random_{17};
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
  auto packets = OnnxRuntime(folder_.path().string()).Encode(Path("encoder.onnx"), audio);
  ASSERT_EQ(packets.size(), 16 * row_bytes_);
  const auto exact = ReferenceBands(config()).Measure(mid);
  std::set<int64_t> levels;
  size_t unsure = 0;
  for (size_t p = 0; p < 16; ++p) {
    for (size_t band = 0; band < count(); ++band) {
      const double wanted = std::clamp(exact.at(p, band), 0.0, 31.0);
      const int64_t level = LevelIn(packets, p, band);
      // In the middle between two levels it can be either in single precision.
      EXPECT_NEAR(static_cast<double>(level), wanted, 0.501) << "packet " << p << ", band " << band;
      unsure += std::abs(static_cast<double>(level) - wanted) > 0.499;
      levels.insert(level);
    }
  }
  EXPECT_LE(unsure, 2U);
  EXPECT_GE(levels.size(), 16U);
  EXPECT_EQ(levels.count(0), 1U);
}

TEST_P(OnnxBandsTest, MidIsBroughtToWhatPacketsSay) {
  const auto delay = static_cast<size_t>(config().bands_delay());
  auto packets = Packets(delay + 8, [&] { return AnyLevel(); });
  const double peak = ExpectSameSound(packets);
  EXPECT_GT(peak, 0.1);
  EXPECT_LT(peak, 4);
}

// At such a quality or such that there are none, tones sound as in a model without levels.
TEST_P(OnnxBandsTest, NothingIsScaledWherePacketsSayNothing) {
  const auto delay = static_cast<size_t>(config().bands_delay());
  auto packets = Packets(delay + 4, [] { return 0; });
  ExpectSameSound(packets);
  const auto kept = static_cast<size_t>(config().packet_bytes(config().bands->from_quality - 1));
  for (size_t i = 0; i < packets.size(); ++i) {
    if (i % row_bytes_ >= kept) packets[i] = config().quantizer.entries;
  }
  ExpectSameSound(packets);
}

// Nothing of it is heard then; the network is told nevertheless.
TEST_P(OnnxBandsTest, AStreamMayBeShorterThanTheirDelay) {
  const auto delay = static_cast<size_t>(config().bands_delay());
  for (const size_t packets : {delay - 1, delay, delay + 1})
    ExpectSameSound(Packets(packets, [&] { return AnyLevel(); }));
}

INSTANTIATE_TEST_SUITE_P(Cases, OnnxBandsTest,
                         ::testing::Values(Case{"behind_tones", SmallConfigWithBands()},
                                           Case{"before_tones", BeforeTones()},
                                           Case{"later_than_tones", LaterThanTones()},
                                           Case{"tones_in_the_middle", WithTonesInTheMiddle()},
                                           Case{"without_tones", WithoutTones()}),
                         [](const auto& tested) { return tested.param.name; });

// Of a network that makes next to no sound.
TEST_F(OnnxGraphs, TonesAreBroughtToWhatPacketsSayAtTheirTime) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  nlohmann::json json = SmallConfigWithBands();
  json["bands"]["edges"] = {1, 256};
  json["synthesis"]["max_log_magnitude"] = -12;
  Build(json);
  const ModelConfig& config = model_.config;
  // A steady tone of -16 dB is brought to -15.5 dB, then to -23 dB.
  constexpr size_t kPackets = 24, kLater = 8;
  const auto loud = [&](size_t packet) { return packet < kLater ? 31 : 28; };
  std::vector<int64_t> packets(kPackets * row_bytes_);
  for (size_t p = 0; p < kPackets; ++p) {
    const auto row = packets.begin() + static_cast<std::ptrdiff_t>(p * row_bytes_);
    const std::array tone = {51, 20, 4 * 8};  // an even line, all the way to the left
    std::copy(tone.begin(), tone.end(), row + config.tones_offset());
    row[config.bands_offset()] = loud(p);
  }
  const auto sound =
      OnnxRuntime(folder_.path().string()).Decode(Path("decoder.onnx"), packets, row_bytes_);
  std::vector<double> mid;
  for (auto n = static_cast<size_t>(config.delay()); n < sound.audio[0].size(); ++n)
    mid.push_back((static_cast<double>(sound.audio[0][n]) + sound.audio[1][n]) / std::sqrt(2.0));
  mid.resize(mid.size() / 1024 * 1024);
  const auto heard = ReferenceBands(config).Measure(mid);
  ASSERT_GT(heard.frames, 2 * kLater);
  for (size_t p = 2; p < heard.frames; ++p) {
    const bool overlaps = p + 1 == kLater || p == kLater;  // with one of another level
    EXPECT_NEAR(heard.at(p, 0), loud(p), overlaps ? 0.2 : 0.02) << "packet " << p;
  }
}

}  // namespace
}  // namespace motet::exporter
