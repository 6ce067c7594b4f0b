// Tests what encoders and decoders of a model with tones promise beyond what network_test.cc asks
// of all models: that a steady sinusoid is heard as one, whatever the steps; that parts which begin
// early enough, and with a packet of even number, are those of the whole; and that lost tones fade.
// Levels of bands change nothing of this but how loud tones are, as they say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
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

constexpr size_t kPacket = 64, kWindow = 128;  // of all configurations
constexpr int kFirst = 3;                      // line
constexpr int kQuality = 4;                    // the first with tones

struct Case {
  std::string name;
  std::string config;
};
void PrintTo(const Case& which, std::ostream* out) { *out << which.name; }

// The phases of lines fixed, or said by the packets.
class Tones : public ::testing::TestWithParam<Case> {
 protected:
  Tones()
      : config_(testing::ConfigOf(GetParam().config)),
        loud_(*Model::FromBytes(testing::RandomModel(GetParam().config, 32), "loud")),
        quiet_(QuietModel()) {}

  // Sets the level of each band in packets of the quiet model, from band 0 on.
  void SayLevels(const std::vector<uint8_t>& levels, Bytes* packets) const {
    const auto size = static_cast<size_t>(quiet_->PacketBytes(kQuality));
    for (size_t at = 0; at < packets->size(); at += size) {
      const size_t begin = at + static_cast<size_t>(config_.bands_offset());
      std::copy(levels.begin(), levels.end(), packets->begin() + static_cast<ptrdiff_t>(begin));
    }
  }

  const ModelConfig config_;
  const std::shared_ptr<const Model> loud_;
  const std::shared_ptr<const Model> quiet_;  // but for tones, so that they can be measured

 private:
  std::shared_ptr<const Model> QuietModel() const;
};

std::shared_ptr<const Model> Tones::QuietModel() const {
  testing::RandomTensors tensors = testing::MakeTensors(GetParam().config, 31);
  const auto bins = static_cast<size_t>(config_.bins());
  auto& bias = tensors["decoder.head.bias"].values;
  auto& weight = tensors["decoder.head.weight"].values;
  const size_t width = weight.size() / bias.size();
  for (size_t row = 0; row < bias.size(); ++row) {
    if (row / bins % 2 == 1) continue;  // phases
    bias[row] = -60;
    std::fill_n(weight.begin() + static_cast<ptrdiff_t>(row * width), width, 0.0f);
  }
  return *Model::FromBytes(testing::WriteModel(GetParam().config, tensors), "quiet");
}

Bytes Encode(const std::shared_ptr<const Model>& model, const Plane& left, const Plane& right,
             int quality, size_t chunk = SIZE_MAX) {
  return testing::EncodeInSteps(model, left, right, quality, chunk);
}

std::vector<Plane> Decode(Decoder& decoder, std::span<const uint8_t> packets, size_t chunk) {
  return testing::DecodeInSteps(decoder, packets, kPacket, chunk);
}

// `packets` packets of a sinusoid that lies on a line.
Plane Sinusoid(int line, double amplitude, size_t packets) {
  Plane samples(packets * kPacket);
  for (size_t i = 0; i < samples.size(); ++i) {
    const double turns = static_cast<double>(line) * static_cast<double>(i) / kWindow;
    samples[i] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * turns + 0.3));
  }
  return samples;
}

// The amplitude of a line in whole turns of the window from `begin` on.
double AmplitudeAt(const Plane& samples, int line, size_t begin, size_t windows) {
  double re = 0, im = 0;
  for (size_t i = begin; i < begin + windows * kWindow; ++i) {
    const double angle = 2 * std::numbers::pi * line * static_cast<double>(i % kWindow) / kWindow;
    re += samples[i] * std::cos(angle);
    im += samples[i] * std::sin(angle);
  }
  return 2 * std::hypot(re, im) / static_cast<double>(windows * kWindow);
}

TEST_P(Tones, ASteadySinusoidIsHeardAtItsLevelInBothChannels) {
  for (const int line : {kFirst + 7, kFirst + 12}) {  // an even one and an odd one
    const Plane sine = Sinusoid(line, 0.1, 60);
    const Bytes packets = Encode(quiet_, sine, sine, kQuality);
    const auto decoder = *Decoder::Create(quiet_, {.quality = kQuality});
    const auto sound = Decode(*decoder, packets, 60);
    for (size_t i = 0; i < sound[0].size(); ++i) ASSERT_NEAR(sound[0][i], sound[1][i], 1e-6);
    // Levels are rounded: to within half a step.
    const double found = AmplitudeAt(sound[0], line, 30 * kPacket, 10);
    EXPECT_NEAR(20 * std::log10(found), -20, config_.tones->step_db / 2 + 0.01) << line;
    double rest = 0;
    for (size_t i = 30 * kPacket; i < 50 * kPacket; ++i) rest += sound[0][i] * sound[0][i];
    EXPECT_NEAR(rest / (20 * kPacket), found * found / 2, 1e-5) << "nothing but the sinusoid";

    const auto below = *Decoder::Create(quiet_, {.quality = kQuality - 1});
    const Bytes fewer = Encode(quiet_, sine, sine, kQuality - 1);
    EXPECT_LT(AmplitudeAt(Decode(*below, fewer, 60)[0], line, 30 * kPacket, 10), 1e-6);
  }
}

TEST_P(Tones, StepsOfAnySizeGiveTheSame) {
  const auto pcm = testing::RandomSound(100 * kPacket, 33);
  const Bytes packets = Encode(loud_, pcm[0], pcm[1], 12);
  EXPECT_EQ(Encode(loud_, pcm[0], pcm[1], 12, 1), packets);
  EXPECT_EQ(Encode(loud_, pcm[0], pcm[1], 12, 777), packets);
  const auto decoder = *Decoder::Create(loud_, {.quality = 12});
  const auto sound = Decode(*decoder, packets, 100);
  for (const size_t chunk : {size_t{1}, size_t{7}}) {
    decoder->Reset();
    EXPECT_EQ(Decode(*decoder, packets, chunk), sound) << chunk;
  }
}

TEST_P(Tones, PacketsOfAQualityBeginLikeThoseOfAHigherOne) {
  const auto pcm = testing::RandomSound(50 * kPacket, 34);
  const Bytes highest = Encode(loud_, pcm[0], pcm[1], 12);
  const auto width = static_cast<size_t>(loud_->PacketBytes(12));
  for (const int quality : {kQuality - 1, kQuality, kQuality + 1}) {
    const Bytes packets = Encode(loud_, pcm[0], pcm[1], quality);
    const auto size = static_cast<size_t>(loud_->PacketBytes(quality));
    for (size_t p = 0; p < 50; ++p) {
      ASSERT_TRUE(std::equal(packets.begin() + static_cast<ptrdiff_t>(p * size),
                             packets.begin() + static_cast<ptrdiff_t>((p + 1) * size),
                             highest.begin() + static_cast<ptrdiff_t>(p * width)))
          << "packet " << p << " of quality " << quality;
    }
  }
}

TEST_P(Tones, APartThatBeginsEarlyEnoughIsThatOfTheWhole) {
  constexpr size_t kPackets = 200;
  const auto pcm = testing::RandomSound(kPackets * kPacket, 35);
  const Bytes whole = Encode(loud_, pcm[0], pcm[1], 6);
  const auto size = static_cast<ptrdiff_t>(loud_->PacketBytes(6));
  const auto before = static_cast<size_t>(loud_->info().encoder_preroll_packets);
  for (const size_t first : {before, before + 1, size_t{100}, size_t{121}}) {
    const auto begin = static_cast<ptrdiff_t>((first - before) * kPacket);
    const Bytes part = Encode(loud_, Plane(pcm[0].begin() + begin, pcm[0].end()),
                              Plane(pcm[1].begin() + begin, pcm[1].end()), 6);
    EXPECT_TRUE(std::equal(part.begin() + static_cast<ptrdiff_t>(before) * size, part.end(),
                           whole.begin() + static_cast<ptrdiff_t>(first) * size))
        << first;
  }

  const auto decoder = *Decoder::Create(loud_, {.quality = 6});
  const auto sound = Decode(*decoder, whole, 64);
  const auto preroll = static_cast<size_t>(loud_->info().decoder_preroll_packets);
  EXPECT_EQ(preroll % 2, 0u) << "such that an even packet has an even one before it";
  for (const size_t first : {preroll, size_t{100}}) {
    decoder->Reset();
    const auto part = Decode(
        *decoder, std::span(whole).subspan((first - preroll) * static_cast<size_t>(size)), 64);
    for (size_t c = 0; c < 2; ++c) {
      EXPECT_TRUE(std::equal(part[c].begin() + static_cast<ptrdiff_t>(preroll * kPacket),
                             part[c].end(),
                             sound[c].begin() + static_cast<ptrdiff_t>(first * kPacket)))
          << first;
    }
  }
}

TEST_P(Tones, OfLostPacketsFade) {
  for (const int line : {kFirst + 7, kFirst + 12}) {
    const Plane sine = Sinusoid(line, 0.1, 40);
    const Bytes packets = Encode(quiet_, sine, sine, kQuality);
    const auto decoder = *Decoder::Create(quiet_, {.quality = kQuality});
    (void)Decode(*decoder, packets, 40);
    std::vector<Plane> lost(2, Plane(40 * kPacket));
    float* const planes[] = {lost[0].data(), lost[1].data()};
    ASSERT_TRUE(decoder->Conceal(40, planes, lost[0].size()).ok());
    const size_t wait = static_cast<size_t>(config_.delay()) - kWindow;
    const double first = AmplitudeAt(lost[0], line, wait + kPacket, 1);
    EXPECT_GT(first, 0.01) << "it does not break off";
    EXPECT_LT(AmplitudeAt(lost[0], line, wait + 12 * kPacket, 1), 0.001 * first);
    EXPECT_LT(AmplitudeAt(lost[0], line, 38 * kPacket, 1), 1e-7);
  }
}

using LevelledTones = Tones;

// A sinusoid in both channels alike has its level in mid, too.
TEST_P(LevelledTones, AreHeardAsLoudAsTheirBandsLevelSaysWithinTwelveDecibels) {
  // Bins 4 to 8, each as wide as four lines.
  ASSERT_EQ(config_.bands->edges, (std::vector<int64_t>{2, 3, 4, 9, 14}));
  for (const int line : {24, 25, 26}) {
    // -21 and -41 dB as their own levels say.
    for (const double amplitude : {0.1, 0.01}) {
      const double own = amplitude == 0.1 ? -21 : -41;
      const Plane sine = Sinusoid(line, amplitude, 60);
      Bytes packets = Encode(quiet_, sine, sine, kQuality);
      for (const uint8_t level : {0, 1, 16, 21, 26, 29, 31}) {
        SayLevels({0, 0, level, 0}, &packets);
        const auto decoder = *Decoder::Create(quiet_, {.quality = kQuality});
        const auto sound = Decode(*decoder, packets, 60);
        const double said = -93 + 2.5 * level, limit = 20 * std::log10(4.0);
        const double wanted = level == 0 ? own : std::clamp(said, own - limit, own + limit);
        const double found = 20 * std::log10(AmplitudeAt(sound[0], line, 30 * kPacket, 10));
        EXPECT_NEAR(found, wanted, 0.1) << "line " << line << ", level " << int{level};
      }
    }
  }
}

using PlacedTones = Tones;

TEST_P(PlacedTones, HaveTheWaveOfWhatTheyStandForOnEachSide) {
  for (const int line : {kFirst + 7, kFirst + 12}) {
    // A quarter turn from the cosine's beginning, and twice as far right as left of the middle.
    Plane left(60 * kPacket), right(60 * kPacket);
    for (size_t n = 0; n < left.size(); ++n) {
      const double turns = static_cast<double>(line) * static_cast<double>(n) / kWindow + 0.25;
      const double wave = std::cos(2 * std::numbers::pi * turns);
      left[n] = static_cast<float>(0.05 * wave);
      right[n] = static_cast<float>(0.15 * wave);
    }
    Bytes packets = Encode(quiet_, left, right, kQuality);
    // Levels are those of mid alone.
    if (config_.bands) SayLevels({0, 0, 0, 0}, &packets);
    const auto decoder = *Decoder::Create(quiet_, {.quality = kQuality});
    const auto sound = Decode(*decoder, packets, 60);
    const auto delay = static_cast<size_t>(config_.delay());
    const double gain = AmplitudeAt(sound[0], line, 30 * kPacket, 10) / 0.05;
    EXPECT_NEAR(20 * std::log10(gain), 0, config_.tones->step_db / 2 + 0.01) << line;
    for (size_t n = 30 * kPacket; n < 50 * kPacket; ++n) {
      ASSERT_NEAR(sound[0][n + delay], gain * left[n], 1e-5) << line;
      ASSERT_NEAR(sound[1][n + delay], gain * right[n], 1e-5) << line;
    }
  }
}

const Case kSaid = {"said", testing::kPlacedTonesConfig};
const Case kSaidWithBands = {"said_before_bands",
                             testing::WithBands(testing::kPlacedTonesConfig, 4)};
const Case kFixedBehindBands = {"fixed_behind_bands",
                                testing::WithBands(testing::kTonesConfig, kQuality - 1)};

INSTANTIATE_TEST_SUITE_P(Phases, LevelledTones,
                         ::testing::Values(kSaidWithBands, kFixedBehindBands),
                         [](const auto& which) { return which.param.name; });

INSTANTIATE_TEST_SUITE_P(Phases, PlacedTones, ::testing::Values(kSaid, kSaidWithBands),
                         [](const auto& which) { return which.param.name; });

// With levels of bands from the quality of tones on, from one below and from one above.
INSTANTIATE_TEST_SUITE_P(Phases, Tones,
                         ::testing::Values(Case{"fixed", testing::kTonesConfig}, kSaid,
                                           kSaidWithBands, kFixedBehindBands,
                                           Case{"said_below_bands",
                                                testing::WithBands(testing::kPlacedTonesConfig,
                                                                   kQuality + 1)}),
                         [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace motet
