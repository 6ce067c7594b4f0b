// Tests entropy coding of tones: pages of a model with tones come back, whatever their packets,
// take less where tones go on, and any payload decodes to tones as an encoder writes them; a model
// file whose tables are wrong is refused. That the payload is what docs/FORMAT.md says, a second
// implementation holds (wasm/tests/second_implementation).
#include "entropy_coding/tone_coder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "entropy_coding/page_coder.h"
#include "model_config/parse.h"
#include "random_model.h"

namespace motet::core {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr int kQuality = 4;  // the first with tones
constexpr size_t kLines = 40, kCount = 5;

// Of models whose tones have places or none.
class ToneCoderTest : public ::testing::TestWithParam<const char*> {
 protected:
  const std::shared_ptr<const Model> model_ =
      *Model::FromBytes(testing::RandomEntropyModel(GetParam(), 9), "m");
  const size_t places_ = static_cast<size_t>(testing::ConfigOf(GetParam()).tones->places());
  const size_t each_ = places_ > 1 ? 3 : 2;  // bytes of a tone

  size_t PacketBytes(int quality) const {
    return static_cast<size_t>(model_->PacketBytes(quality));
  }
  size_t Offset() const { return PacketBytes(kQuality) - each_ * kCount; }
  Bytes Packets(int quality, size_t count, uint32_t seed) const;
  Bytes WithLikelyCodes(const PageCoder& coder, int quality, Bytes packets) const;
};

// Packets of random codes with tones that begin, go on, move and end.
Bytes ToneCoderTest::Packets(int quality, size_t count, uint32_t seed) const {
  std::mt19937 random(seed);
  const size_t size = PacketBytes(quality);
  Bytes packets(count * size);
  for (uint8_t& byte : packets) byte = static_cast<uint8_t>(random());
  if (quality < kQuality) return packets;
  std::vector<std::pair<int, int>> tones;  // line, level
  for (size_t p = 0; p < count; ++p) {
    for (auto& [line, level] : tones) {
      line = std::clamp(
          line + static_cast<int>(random() % 8 == 0) - static_cast<int>(random() % 8 == 1), 0,
          static_cast<int>(kLines) - 1);
      level = std::clamp(level + static_cast<int>(random() % 3) - 1, 0, 31);
    }
    std::erase_if(tones, [&](const auto&) { return random() % 6 == 0; });
    while (tones.size() < kCount && random() % 2 == 0)
      tones.emplace_back(random() % kLines, random() % 32);
    std::sort(tones.begin(), tones.end());
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    tones.erase(std::unique(tones.begin(), tones.end(), same), tones.end());
    uint8_t* bytes = packets.data() + p * size + Offset();
    std::fill_n(bytes, each_ * kCount, uint8_t{0});
    for (const auto& [line, level] : tones) {
      *bytes++ = static_cast<uint8_t>(line + 1);
      *bytes++ = static_cast<uint8_t>(level);
      if (each_ == 3) *bytes++ = static_cast<uint8_t>(random() % places_);
    }
  }
  return packets;
}

Bytes Encode(const PageCoder& coder, const Bytes& packets) {
  Bytes payload;
  coder.Encode(packets, &payload);
  return payload;
}

// Codes that the model finds likely, so that entropy coding wins whatever the tones take.
Bytes ToneCoderTest::WithLikelyCodes(const PageCoder& coder, int quality, Bytes packets) const {
  Bytes likely(packets.size());
  coder.Decode(Bytes(packets.size() / 3, 0x5A), likely);
  const size_t size = PacketBytes(quality);
  for (size_t p = 0; p * size < packets.size(); ++p) {
    std::copy_n(packets.begin() + static_cast<ptrdiff_t>(p * size + Offset()), each_ * kCount,
                likely.begin() + static_cast<ptrdiff_t>(p * size + Offset()));
  }
  return likely;
}

TEST_P(ToneCoderTest, PagesWithTonesComeBack) {
  for (const int quality : {kQuality - 1, kQuality, kQuality + 1, 12}) {
    const auto coder = *PageCoder::Create(model_, quality);
    for (const size_t count : {1u, 2u, 128u, 255u}) {
      Bytes packets = Packets(quality, count, 5);
      if (quality >= kQuality) packets = WithLikelyCodes(*coder, quality, packets);
      const Bytes payload = Encode(*coder, packets);
      if (count > 2 && quality >= kQuality) {
        EXPECT_LT(payload.size(), packets.size());
      }
      Bytes decoded(packets.size());
      coder->Decode(payload, decoded);
      EXPECT_EQ(decoded, packets) << "quality " << quality << ", " << count << " packets";
    }
  }
}

TEST_P(ToneCoderTest, TonesThatNoEncoderWritesAreLeftAsTheyAre) {
  const auto coder = *PageCoder::Create(model_, kQuality);
  const Bytes good = WithLikelyCodes(*coder, kQuality, Packets(kQuality, 60, 6));
  ASSERT_LT(Encode(*coder, good).size(), good.size());
  const size_t at = 30 * PacketBytes(kQuality) + Offset();
  const auto with = [&](const std::vector<std::pair<uint8_t, uint8_t>>& tones) {
    Bytes packets = good;
    std::fill_n(packets.begin() + static_cast<ptrdiff_t>(at), each_ * kCount, uint8_t{0});
    for (size_t i = 0; i < tones.size(); ++i)
      std::tie(packets[at + each_ * i], packets[at + each_ * i + 1]) = tones[i];
    return packets;
  };
  EXPECT_LT(Encode(*coder, with({{3, 20}, {40, 31}})).size(), good.size());
  std::vector<Bytes> unusual = {with({{40, 20}, {3, 31}}),  // not ascending
                                with({{3, 20}, {3, 21}}),   // twice
                                with({{3, 20}, {41, 1}}),   // beyond the last line
                                with({{3, 32}}),            // no such level
                                with({{0, 0}, {3, 20}}),    // behind none
                                with({{0, 7}})};            // a level of none
  if (each_ == 3) {
    unusual.push_back(with({{3, 20}}));
    unusual.back()[at + 2] = static_cast<uint8_t>(places_);  // no such place
  }
  for (const Bytes& packets : unusual) {
    EXPECT_EQ(Encode(*coder, packets), packets);
    Bytes decoded(packets.size());
    coder->Decode(packets, decoded);
    EXPECT_EQ(decoded, packets);
  }
}

TEST_P(ToneCoderTest, AnyPayloadDecodesToTonesThatCanBeCoded) {
  const auto coder = *PageCoder::Create(model_, kQuality);
  std::mt19937 random(7);
  for (const size_t size : {1u, 3u, 50u, 400u}) {
    Bytes payload(size), packets(60 * PacketBytes(kQuality));
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random());
    coder->Decode(payload, packets);
    for (size_t p = 0; p < 60; ++p) {
      const uint8_t* tones = packets.data() + p * PacketBytes(kQuality) + Offset();
      for (size_t i = 0; i < kCount; ++i) {
        const uint8_t line = tones[each_ * i], level = tones[each_ * i + 1];
        EXPECT_LE(line, kLines);
        EXPECT_LT(level, 32);
        EXPECT_TRUE(line > 0 || level == 0);
        if (each_ == 3) {
          EXPECT_LT(tones[each_ * i + 2], line > 0 ? places_ : 1);
        }
        EXPECT_TRUE(i == 0 || line == 0 || line > tones[each_ * (i - 1)]);
      }
    }
  }
}

TEST_P(ToneCoderTest, WantsItsTablesAndWholeWeights) {
  const std::string json = testing::EntropyJson(GetParam());
  const auto error = [&](const auto& alter) {
    testing::RandomTensors tensors = testing::MakeTensors(GetParam(), 9);
    testing::AddEntropyTensors(GetParam(), 9, &tensors);
    alter(tensors);
    return Model::FromBytes(testing::WriteModelFile(json, tensors), "m").status().message();
  };
  EXPECT_EQ(error([](auto&) {}), "");
  EXPECT_EQ(error([](auto& tensors) { tensors.erase("entropy.tones.levels"); }),
            "m: tensor 'entropy.tones.levels' is missing, wanted [96]");
  if (places_ > 1) {
    EXPECT_EQ(error([](auto& tensors) { tensors.erase("entropy.tones.phases"); }),
              "m: tensor 'entropy.tones.phases' is missing, wanted [28]");
    EXPECT_EQ(error([](auto& tensors) { tensors.erase("entropy.tones.pans"); }),
              "m: tensor 'entropy.tones.pans' is missing, wanted [30]");
  }
  for (const float wrong : {0.0f, 1.5f, 65536.0f}) {
    EXPECT_EQ(error([&](auto& tensors) { tensors["entropy.tones.flags"].values[5] = wrong; }),
              "m: tensor 'entropy.tones.flags' holds " + NumberText(wrong) +
                  ", wanted an integer from 1 to 65535");
  }
}

INSTANTIATE_TEST_SUITE_P(Places, ToneCoderTest,
                         ::testing::Values(testing::kTonesConfig, testing::kPlacedTonesConfig),
                         [](const auto& config) { return config.index == 0 ? "none" : "some"; });

}  // namespace
}  // namespace motet::core
