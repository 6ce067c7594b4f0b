// Tests entropy coding of levels of bands, which is that of tones once more: pages of a model with
// them come back, whatever their packets, take less where levels stay, and any payload decodes to
// levels as an encoder writes them; a model file whose table is wrong is refused. Symbols and
// contexts are tested in model_config/tests/band_symbols_test.cc; that the payload is what
// docs/FORMAT.md says, a second implementation holds (wasm/tests/second_implementation).
#include "entropy_coding/band_coder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "entropy_coding/page_coder.h"
#include "model_config/parse.h"
#include "random_model.h"

namespace motet::core {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kBands = 4;

struct Case {
  std::string name;
  std::string config;
};
void PrintTo(const Case& which, std::ostream* out) { *out << which.name; }

// Levels begin below, at and above the quality from which on packets have tones, 4.
class BandCoderTest : public ::testing::TestWithParam<Case> {
 protected:
  const ModelConfig config_ = testing::ConfigOf(GetParam().config);
  const std::shared_ptr<const Model> model_ =
      *Model::FromBytes(testing::RandomEntropyModel(GetParam().config, 9), "m");
  const int quality_ = static_cast<int>(config_.bands->from_quality);  // the first with levels
  const size_t offset_ = static_cast<size_t>(config_.bands_offset());

  size_t PacketBytes(int quality) const {
    return static_cast<size_t>(model_->PacketBytes(quality));
  }
  Bytes Packets(const PageCoder& coder, int quality, size_t count) const;
};

// Packets that the model finds likely, so that entropy coding wins, with levels that stay, wander
// and jump.
Bytes BandCoderTest::Packets(const PageCoder& coder, int quality, size_t count) const {
  std::mt19937 random(5);
  const size_t size = PacketBytes(quality);
  Bytes packets(count * size);
  coder.Decode(Bytes(std::max<size_t>(1, packets.size() / 3), 0x5A), packets);
  if (quality < quality_) return packets;
  std::vector<int> levels(kBands);
  for (size_t p = 0; p < count; ++p) {
    for (size_t band = 0; band < kBands; ++band) {
      const int step = static_cast<int>(random() % 5) - 2;
      levels[band] = random() % 10 == 0 ? static_cast<int>(random() % 32)
                                        : std::clamp(levels[band] + step, 0, 31);
      packets[p * size + offset_ + band] = static_cast<uint8_t>(levels[band]);
    }
  }
  return packets;
}

Bytes Encode(const PageCoder& coder, const Bytes& packets) {
  Bytes payload;
  coder.Encode(packets, &payload);
  return payload;
}

TEST_P(BandCoderTest, PagesWithLevelsComeBack) {
  for (const int quality : {1, quality_ - 1, quality_, quality_ + 1, 12}) {
    const auto coder = *PageCoder::Create(model_, quality);
    for (const size_t count : {1u, 2u, 128u, 255u}) {
      const Bytes packets = Packets(*coder, quality, count);
      const Bytes payload = Encode(*coder, packets);
      if (count > 2) {
        EXPECT_LT(payload.size(), packets.size());
      }
      Bytes decoded(packets.size());
      coder->Decode(payload, decoded);
      EXPECT_EQ(decoded, packets) << "quality " << quality << ", " << count << " packets";
    }
  }
}

TEST_P(BandCoderTest, LevelsThatNoEncoderWritesAreLeftAsTheyAre) {
  const auto coder = *PageCoder::Create(model_, quality_);
  const Bytes good = Packets(*coder, quality_, 60);
  ASSERT_LT(Encode(*coder, good).size(), good.size());
  for (const size_t packet : {0u, 30u, 59u}) {
    for (size_t band = 0; band < kBands; ++band) {
      Bytes packets = good;
      uint8_t& level = packets[packet * PacketBytes(quality_) + offset_ + band];
      level = 31;
      EXPECT_LT(Encode(*coder, packets).size(), packets.size());
      for (const int wrong : {32, 255}) {
        level = static_cast<uint8_t>(wrong);
        EXPECT_EQ(Encode(*coder, packets), packets) << "of band " << band;
        Bytes decoded(packets.size());
        coder->Decode(packets, decoded);
        EXPECT_EQ(decoded, packets);
      }
    }
  }
}

TEST_P(BandCoderTest, AnyPayloadDecodesToLevelsThatCanBeCoded) {
  const auto coder = *PageCoder::Create(model_, quality_);
  std::mt19937 random(7);
  for (const size_t size : {1u, 3u, 50u, 400u}) {
    Bytes payload(size), packets(60 * PacketBytes(quality_));
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random());
    coder->Decode(payload, packets);
    for (size_t p = 0; p < 60; ++p) {
      for (size_t band = 0; band < kBands; ++band)
        EXPECT_LT(packets[p * PacketBytes(quality_) + offset_ + band], 32);
    }
  }
}

// Where only one symbol is likely in each context, a page of such packets is nearly nothing; so the
// coder's contexts are those of the two packets before, from zeros on.
TEST_P(BandCoderTest, WhatIsLikelyTakesNothing) {
  const auto likely = [](size_t context) { return context % 3; };
  testing::RandomTensors tensors = testing::MakeTensors(GetParam().config, 9);
  testing::AddEntropyTensors(GetParam().config, 9, &tensors);
  std::vector<float>& table = tensors["entropy.bands.levels"].values;
  ASSERT_EQ(table.size(), 108u * 32);
  for (size_t i = 0; i < table.size(); ++i) table[i] = i % 32 == likely(i / 32) ? 65535 : 1;
  const Bytes bytes = testing::WriteModelFile(testing::EntropyJson(GetParam().config), tensors);
  const auto file = *TensorFile::Parse(bytes, "m");
  Weights weights(&file, "m");
  const BandCoder coder = *BandCoder::Create(weights, *config_.bands, "m");

  std::vector<Bytes> packets(202, Bytes(kBands));  // the first two stand before the page
  for (size_t p = 2; p < packets.size(); ++p)
    WalkBands(packets[p - 2], packets[p - 1], packets[p],
              [&](size_t context, size_t) { return likely(context); });
  packets.erase(packets.begin(), packets.begin() + 2);
  EXPECT_GT(std::set(packets.begin(), packets.end()).size(), 20u);

  Bytes payload;
  RangeEncoder encoder(&payload);
  BandCoder::Sequence coded(coder, &encoder);
  for (const Bytes& levels : packets) {
    ASSERT_TRUE(coder.CanCode(levels.data()));
    coded.Encode(levels.data());
  }
  encoder.Finish();
  EXPECT_LE(payload.size(), 2u) << "of 800 levels";
  RangeDecoder decoder(payload);
  BandCoder::Sequence read(coder, &decoder);
  for (const Bytes& levels : packets) {
    Bytes found(kBands);
    read.Decode(found.data());
    ASSERT_EQ(found, levels);
  }
}

TEST_P(BandCoderTest, WantsItsTableAndWholeWeights) {
  const std::string json = testing::EntropyJson(GetParam().config);
  const auto error = [&](const auto& alter) {
    testing::RandomTensors tensors = testing::MakeTensors(GetParam().config, 9);
    testing::AddEntropyTensors(GetParam().config, 9, &tensors);
    alter(tensors);
    return Model::FromBytes(testing::WriteModelFile(json, tensors), "m").status().message();
  };
  EXPECT_EQ(error([](auto&) {}), "");
  EXPECT_EQ(error([](auto& tensors) { tensors.erase("entropy.bands.levels"); }),
            "m: tensor 'entropy.bands.levels' is missing, wanted [3456]");
  for (const float wrong : {0.0f, 1.5f, 65536.0f}) {
    EXPECT_EQ(error([&](auto& tensors) { tensors["entropy.bands.levels"].values[3455] = wrong; }),
              "m: tensor 'entropy.bands.levels' holds " + NumberText(wrong) +
                  ", wanted an integer from 1 to 65535");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Configurations, BandCoderTest,
    ::testing::Values(Case{"alone", testing::WithBands(testing::kSmallConfig, 4)},
                      Case{"before_tones", testing::WithBands(testing::kTonesConfig, 3)},
                      Case{"behind_tones", testing::WithBands(testing::kPlacedTonesConfig, 4)},
                      Case{"above_tones", testing::WithBands(testing::kPlacedTonesConfig, 5)}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace motet::core
