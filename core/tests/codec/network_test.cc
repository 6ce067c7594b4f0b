// Tests the whole network against reference_codec.h, which spells docs/ARCHITECTURE.md out in
// double precision: codes, sound and features, for the base configuration and small odd ones.
// Single precision may choose another entry where two are as near; such a code changes those that
// build on it, so a few codes may differ. Streaming is tested in codec_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/feature_reader.h"
#include "random_model.h"
#include "reference_codec.h"
#include "sanitizer.h"

namespace motet {
namespace {

using testing::RandomSound;
using testing::RandomTensors;
using testing::ReferenceCodec;

struct Case {
  const char* name;
  std::string config;
  size_t packets;
};
// Without it GoogleTest prints bytes, and the tests' names would change from run to run.
void PrintTo(const Case& which, std::ostream* out) { *out << which.name; }

class Network : public ::testing::TestWithParam<Case> {
 protected:
  Network()
      : tensors_(testing::MakeTensors(GetParam().config, 11)),
        bytes_(testing::WriteModel(GetParam().config, tensors_)),
        config_(testing::ConfigOf(GetParam().config)),
        reference_(config_, tensors_) {
    auto model = Model::FromBytes(bytes_, "test");
    EXPECT_TRUE(model.ok()) << model.status().message();
    model_ = *model;
  }

  void SetUp() override {
    if (MOTET_ADDRESS_SANITIZER != 0 && std::string_view(GetParam().name) == "base")
      GTEST_SKIP() << "a hundred times as many weights as the others, through the same code";
  }

  std::vector<int> Qualities() const {
    if (std::string_view(GetParam().name) == "base") return {1, 2, 3, 4, 6, 7, 9, 12};
    std::vector<int> all(static_cast<size_t>(config_.max_quality()));
    std::iota(all.begin(), all.end(), 1);
    return all;
  }

  size_t samples() const { return GetParam().packets * static_cast<size_t>(config_.packet); }

  std::vector<uint8_t> Encode(const std::vector<std::vector<float>>& pcm, int quality) {
    auto encoder = Encoder::Create(model_, {.quality = quality, .channels = 2});
    EXPECT_TRUE(encoder.ok()) << encoder.status().message();
    std::vector<uint8_t> out((*encoder)->MaxOutputBytes(pcm[0].size()));
    const float* const planes[] = {pcm[0].data(), pcm[1].data()};
    const auto written = (*encoder)->Encode(planes, pcm[0].size(), out);
    EXPECT_TRUE(written.ok()) << written.status().message();
    EXPECT_EQ(*written, out.size());
    return out;
  }

  const RandomTensors tensors_;
  const std::vector<uint8_t> bytes_;
  const ModelConfig config_;
  const ReferenceCodec reference_;
  std::shared_ptr<const Model> model_;
};

TEST_P(Network, EncodesWhatTheArchitectureSays) {
  const auto pcm = RandomSound(samples(), 12);
  const testing::Codes codes = reference_.Encode(pcm);
  for (const int quality : Qualities()) {
    const std::vector<uint8_t> wanted = reference_.Packets(codes, quality);
    const std::vector<uint8_t> packets = Encode(pcm, quality);
    ASSERT_EQ(packets.size(), wanted.size());
    size_t different = 0;
    for (size_t i = 0; i < packets.size(); ++i) different += packets[i] != wanted[i];
    EXPECT_LE(different, packets.size() / 200) << "of " << packets.size() << " at " << quality;
  }
}

TEST_P(Network, DecodesWhatTheArchitectureSays) {
  const auto pcm = RandomSound(samples(), 13);
  const testing::Codes codes = reference_.Encode(pcm);
  for (const int quality : Qualities()) {
    const std::vector<uint8_t> packets = reference_.Packets(codes, quality);
    const auto wanted = reference_.Decode(packets, quality);
    std::vector<std::vector<float>> sound(3, std::vector<float>(samples()));
    for (const int channels : {2, 1}) {
      auto decoder = Decoder::Create(model_, {.quality = quality, .channels = channels});
      ASSERT_TRUE(decoder.ok()) << decoder.status().message();
      float* const stereo[] = {sound[0].data(), sound[1].data()};
      float* const mono[] = {sound[2].data()};
      const auto frames = (*decoder)->Decode(packets, channels == 2 ? stereo : mono, samples());
      ASSERT_TRUE(frames.ok()) << frames.status().message();
      ASSERT_EQ(*frames, samples());
    }
    double worst = 0, loudest = 0;
    for (size_t i = 0; i < samples(); ++i) {
      worst = std::max(worst, std::abs(sound[0][i] - wanted[0][i]));
      worst = std::max(worst, std::abs(sound[1][i] - wanted[1][i]));
      worst = std::max(worst, std::abs(sound[2][i] - (wanted[0][i] + wanted[1][i]) / 2));
      loudest = std::max(loudest, std::abs(wanted[0][i]));
    }
    EXPECT_GT(loudest, 0.05);
    EXPECT_LT(worst, 1e-4 * loudest) << "at quality " << quality;
  }
}

TEST_P(Network, ReadsTheFeaturesThatTheArchitectureSays) {
  const auto pcm = RandomSound(samples(), 14);
  const testing::Codes codes = reference_.Encode(pcm);
  for (const int quality : Qualities()) {
    const std::vector<uint8_t> packets = reference_.Packets(codes, quality);
    const testing::Rows wanted = reference_.Features(packets, quality);
    auto reader = FeatureReader::Create(model_, quality);
    ASSERT_TRUE(reader.ok()) << reader.status().message();
    std::vector<float> rows(wanted.values.size());
    const auto count = (*reader)->Read(packets, rows);
    ASSERT_TRUE(count.ok()) << count.status().message();
    EXPECT_EQ(*count, wanted.frames);
    for (size_t i = 0; i < rows.size(); ++i) ASSERT_NEAR(rows[i], wanted.values[i], 1e-5);
    EXPECT_FALSE((*reader)->Read(packets, std::span(rows).first(rows.size() - 1)).ok());
    if (config_.packet_bytes(quality) > 1) {
      EXPECT_FALSE((*reader)->Read(std::span(packets).subspan(1), rows).ok());
    }
  }
}

TEST_P(Network, OutputLagsTheInputByTheDelay) {
  // A codec cannot be asked for its group delay, but for what can reach it: packets that differ
  // from the p-th on leave the decoder's output before the p-th packet as it was.
  const auto pcm = RandomSound(samples(), 15);
  const std::vector<uint8_t> packets = Encode(pcm, 6);
  std::vector<uint8_t> altered = packets;
  const size_t half = GetParam().packets / 2;
  auto decoder = Decoder::Create(model_, {});
  ASSERT_TRUE(decoder.ok()) << decoder.status().message();
  const auto packet_bytes = static_cast<size_t>((*decoder)->packet_bytes());
  for (size_t i = half * packet_bytes; i < altered.size(); ++i) altered[i] ^= 0x55;
  std::vector<std::vector<float>> a(2, std::vector<float>(samples())), b = a;
  float* const planes_a[] = {a[0].data(), a[1].data()};
  float* const planes_b[] = {b[0].data(), b[1].data()};
  ASSERT_TRUE((*decoder)->Decode(packets, planes_a, samples()).ok());
  (*decoder)->Reset();
  ASSERT_TRUE((*decoder)->Decode(altered, planes_b, samples()).ok());
  const auto first = static_cast<size_t>(
      std::mismatch(a[0].begin(), a[0].end(), b[0].begin()).first - a[0].begin());
  EXPECT_GE(first, half * config_.packet);
  EXPECT_LE(first, (half + 1) * config_.packet);
}

INSTANTIATE_TEST_SUITE_P(
    Configurations, Network,
    ::testing::Values(
        Case{"base", testing::kBaseConfig, 6}, Case{"small", testing::kSmallConfig, 60},
        Case{"tones", testing::kTonesConfig, 60},
        Case{"placed_tones", testing::kPlacedTonesConfig, 60},
        // Levels of bands before those of tones in a packet, behind them, without them, and of all
        // bins that may be.
        Case{"bands", testing::WithBands(testing::kSmallConfig, 4), 60},
        Case{"bands_before_tones", testing::WithBands(testing::kTonesConfig, 2), 60},
        Case{"bands_behind_tones", testing::WithBands(testing::kPlacedTonesConfig, 4), 60},
        Case{"bands_above_tones",
             testing::WithBands(testing::kPlacedTonesConfig, 6, "[1, 2, 6, 16]"), 60},
        Case{"ladder", testing::WithLadder(testing::kSmallConfig, testing::kLadder), 60},
        Case{"scattered_ladder",
             testing::WithLadder(testing::kSmallConfig, testing::kScatteredLadder), 60},
        // Levels of bands between two halves of a quantizer.
        Case{"ladder_with_tones_and_bands",
             testing::WithLadder(testing::WithBands(testing::kPlacedTonesConfig, 9),
                                 testing::kLadder),
             60}),
    [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace motet
