// Tests what encoders and decoders of a model with levels of bands promise beyond what
// network_test.cc and tones_test.cc ask of all models: that levels are heard with the sound of
// their packet, and change nothing where they say nothing; that any byte is a level; that results
// depend on the packets alone, in either precision; and that lost packets fade, whatever level came
// last.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "coding.h"
#include "motet/decoder.h"
#include "motet/encoder.h"
#include "random_model.h"

namespace motet {
namespace {

using Bytes = std::vector<uint8_t>;
using Plane = std::vector<float>;

constexpr size_t kPacket = 64, kBands = 4;
constexpr int kQuality = 4;  // the first with levels

struct Case {
  std::string name;
  std::string config;
  testing::Storage storage = testing::Storage::kF32;
};
void PrintTo(const Case& which, std::ostream* out) { *out << which.name; }

class BandsCodec : public ::testing::TestWithParam<Case> {
 protected:
  size_t PacketBytes(int quality) const {
    return static_cast<size_t>(model_->PacketBytes(quality));
  }
  Bytes Encode(const std::vector<Plane>& pcm, int quality, size_t chunk = SIZE_MAX) const {
    return testing::EncodeInSteps(model_, pcm[0], pcm[1], quality, chunk);
  }
  std::vector<Plane> Decode(Decoder& decoder, std::span<const uint8_t> packets,
                            size_t chunk) const {
    return testing::DecodeInSteps(decoder, packets, kPacket, chunk);
  }
  std::unique_ptr<Decoder> NewDecoder(int quality, Precision precision) const {
    return std::move(
        *Decoder::Create(model_, {.quality = quality, .channels = 2, .precision = precision}));
  }
  std::vector<Plane> Decode(const Bytes& packets, Precision precision,
                            int quality = kQuality) const {
    return Decode(*NewDecoder(quality, precision), packets, SIZE_MAX);
  }
  // The levels of a packet.
  std::span<uint8_t> LevelsOf(Bytes& packets, size_t packet) const {
    return std::span(packets).subspan(packet * PacketBytes(kQuality) + offset_, kBands);
  }
  void SetLevels(Bytes& packets, size_t packet, uint8_t level) const {
    const std::span<uint8_t> levels = LevelsOf(packets, packet);
    std::fill(levels.begin(), levels.end(), level);
  }

  const ModelConfig config_ = testing::ConfigOf(GetParam().config);
  const std::shared_ptr<const Model> model_ =
      *Model::FromBytes(testing::RandomModel(GetParam().config, 32, GetParam().storage), "random");
  const size_t offset_ = static_cast<size_t>(config_.bands_offset());
};

constexpr Precision kPrecisions[] = {Precision::kFloat32, Precision::kInt8};

TEST_P(BandsCodec, StepsOfAnySizeGiveTheSame) {
  const auto pcm = testing::RandomSound(100 * kPacket, 33);
  for (const int quality : {kQuality - 1, kQuality, 12}) {
    const Bytes packets = Encode(pcm, quality);
    EXPECT_EQ(Encode(pcm, quality, 1), packets);
    EXPECT_EQ(Encode(pcm, quality, 777), packets);
    for (const Precision precision : kPrecisions) {
      const auto decoder = NewDecoder(quality, precision);
      const auto sound = Decode(*decoder, packets, 100);
      for (const size_t chunk : {size_t{1}, size_t{7}, size_t{29}}) {
        decoder->Reset();
        EXPECT_EQ(Decode(*decoder, packets, chunk), sound) << chunk << " " << quality;
      }
    }
  }
}

TEST_P(BandsCodec, ABeginningIsThatOfTheWhole) {
  const auto pcm = testing::RandomSound(60 * kPacket, 34);
  const Bytes packets = Encode(pcm, kQuality);
  std::vector<Plane> beginning = pcm;
  for (Plane& plane : beginning) plane.resize(30 * kPacket);
  const Bytes begin = Encode(beginning, kQuality);
  EXPECT_TRUE(std::equal(begin.begin(), begin.end(), packets.begin()));
}

TEST_P(BandsCodec, AnyByteIsALevel) {
  Bytes packets = Encode(testing::RandomSound(40 * kPacket, 35), kQuality), limited = packets;
  for (size_t p = 0; p < 40; ++p) {
    for (size_t band = 0; band < kBands; ++band) {
      if ((p + band) % 3 != 0) continue;
      LevelsOf(packets, p)[band] = static_cast<uint8_t>(32 + (p * 37 + band) % 224);
      LevelsOf(limited, p)[band] = 31;
    }
  }
  for (const Precision precision : kPrecisions)
    EXPECT_EQ(Decode(packets, precision), Decode(limited, precision));
}

// Of a network that does not listen to levels they change only the sound to which they are applied:
// that of their packet, which comes after the delay, and of bins that lie in a band.
TEST_P(BandsCodec, LevelsAreHeardWithTheSoundOfTheirPacket) {
  testing::RandomTensors tensors = testing::MakeTensors(GetParam().config, 32);
  std::vector<float>& weights = tensors["decoder.bands.weight"].values;
  std::fill(weights.begin(), weights.end(), 0.0F);
  const auto deaf = *Model::FromBytes(testing::WriteModel(GetParam().config, tensors), "deaf");
  Bytes packets = Encode(testing::RandomSound(40 * kPacket, 36), kQuality);
  for (size_t p = 0; p < 40; ++p) SetLevels(packets, p, 0);
  const auto decode = [&](const Bytes& bytes) {
    const auto decoder = *Decoder::Create(
        deaf, {.quality = kQuality, .channels = 2, .precision = Precision::kFloat32});
    return Decode(*decoder, bytes, 40);
  };
  const auto plain = decode(packets);
  constexpr size_t kHop = 16;
  const size_t delay = static_cast<size_t>(config_.delay()), at = 20;
  for (const uint8_t level : {1, 31}) {
    Bytes changed = packets;
    SetLevels(changed, at, level);
    const auto sound = decode(changed);
    double before = 0, after = 0;
    for (size_t i = 0; i < plain[0].size(); ++i) {
      const double mid = plain[0][i] + plain[1][i], other = sound[0][i] + sound[1][i];
      // A packet's frames begin a hop before it, and the last one ends with it.
      const size_t begin = at * kPacket + delay - kHop;
      if (i < begin || i >= begin + kPacket + kHop) {
        ASSERT_EQ(sound[0][i], plain[0][i]) << i;
        ASSERT_EQ(sound[1][i], plain[1][i]) << i;
      } else {
        before += mid * mid;
        after += other * other;
        ASSERT_NEAR(sound[0][i] - sound[1][i], plain[0][i] - plain[1][i], 1e-5) << "side stays";
      }
    }
    if (level == 31) {
      EXPECT_GT(after, 1.5 * before);
    } else {
      EXPECT_LT(after, before);
    }
  }
}

// Where a model has levels its tones take another way to the ear, and are the same there.
TEST_P(BandsCodec, LevelsThatSayNothingChangeNeitherHeadNorTones) {
  testing::RandomTensors tensors = testing::MakeTensors(GetParam().config, 39);
  std::vector<float>& bias = tensors["decoder.bands.bias"].values;
  std::fill(bias.begin(), bias.end(), 0.0F);
  const auto with = *Model::FromBytes(testing::WriteModel(GetParam().config, tensors), "with");
  std::string config = GetParam().config;
  const size_t begin = config.find(R"("bands")"), end = config.find(R"("synthesis")");
  config.erase(begin, end - begin);
  tensors.erase("decoder.bands.weight");
  tensors.erase("decoder.bands.bias");
  const auto without = *Model::FromBytes(testing::WriteModel(config, tensors), "without");

  const auto pcm = testing::RandomSound(60 * kPacket, 40);
  for (const int quality : {kQuality, 12}) {
    const Bytes plain = testing::EncodeInSteps(without, pcm[0], pcm[1], quality);
    const auto size = static_cast<size_t>(without->PacketBytes(quality));
    Bytes packets;
    for (size_t p = 0; p < 60; ++p) {
      const auto packet = plain.begin() + static_cast<ptrdiff_t>(p * size);
      const auto levels = packet + static_cast<ptrdiff_t>(offset_);
      packets.insert(packets.end(), packet, levels);
      packets.insert(packets.end(), kBands, 0);
      packets.insert(packets.end(), levels, packet + static_cast<ptrdiff_t>(size));
    }
    const auto decode = [&](const std::shared_ptr<const Model>& model, const Bytes& bytes) {
      const auto decoder = *Decoder::Create(
          model, {.quality = quality, .channels = 2, .precision = Precision::kFloat32});
      return Decode(*decoder, bytes, 7);
    };
    const auto wanted = decode(without, plain), found = decode(with, packets);
    float loudest = 0;
    for (size_t c = 0; c < 2; ++c) {
      for (size_t i = 0; i < wanted[c].size(); ++i) {
        ASSERT_NEAR(found[c][i], wanted[c][i], 1e-5) << i << " at quality " << quality;
        loudest = std::max(loudest, std::abs(wanted[c][i]));
      }
    }
    EXPECT_GT(loudest, 0.05F);
  }
}

TEST_P(BandsCodec, LostPacketsFadeWhateverTheirLevels) {
  Bytes packets = Encode(testing::RandomSound(40 * kPacket, 37), kQuality);
  for (size_t p = 0; p < 40; ++p) SetLevels(packets, p, 31);
  const size_t delay = static_cast<size_t>(config_.delay());
  for (const Precision precision : kPrecisions) {
    const auto decoder = NewDecoder(kQuality, precision);
    (void)Decode(*decoder, packets, 40);
    const auto conceal = [&](size_t chunk) {
      std::vector<Plane> lost(2, Plane(60 * kPacket));
      for (size_t at = 0; at < 60; at += chunk) {
        float* const planes[] = {lost[0].data() + at * kPacket, lost[1].data() + at * kPacket};
        EXPECT_TRUE(decoder->Conceal(chunk, planes, chunk * kPacket).ok());
      }
      return lost;
    };
    const auto lost = conceal(60);
    const auto power = [&](size_t begin) {
      double sum = 0;
      for (size_t i = begin; i < begin + 4 * kPacket; ++i)
        sum += static_cast<double>(lost[0][i]) * lost[0][i];
      return sum;
    };
    EXPECT_GT(power(delay), 1e-6) << "it does not break off";
    // Half in each packet, or 6 dB less.
    EXPECT_LT(power(delay + 12 * kPacket), 1e-6 * power(delay));
    EXPECT_EQ(power(delay + 40 * kPacket), 0);
    decoder->Reset();
    (void)Decode(*decoder, packets, 7);
    EXPECT_EQ(conceal(1), lost) << "whatever the steps";
  }
}

TEST_P(BandsCodec, BothPrecisionsSoundAlike) {
  const Bytes packets = Encode(testing::RandomSound(100 * kPacket, 38), 12);
  const auto exact = Decode(packets, Precision::kFloat32, 12);
  const auto rounded = Decode(packets, Precision::kInt8, 12);
  double error = 0, power = 0;
  for (size_t i = 0; i < exact[0].size(); ++i) {
    error += std::pow(static_cast<double>(rounded[0][i]) - exact[0][i], 2);
    power += std::pow(static_cast<double>(exact[0][i]), 2);
  }
  EXPECT_GT(power, 1);
  EXPECT_LT(std::sqrt(error / power), 0.5);
  // Products of weights that are not stored as int8 are exact.
  EXPECT_EQ(error > 0, GetParam().storage == testing::Storage::kInt8);
}

INSTANTIATE_TEST_SUITE_P(
    Configurations, BandsCodec,
    ::testing::Values(Case{"alone", testing::WithBands(testing::kSmallConfig, kQuality)},
                      Case{"int8", testing::WithBands(testing::kPlacedTonesConfig, kQuality),
                           testing::Storage::kInt8},
                      Case{"with_tones", testing::WithBands(testing::kTonesConfig, kQuality)}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace motet
