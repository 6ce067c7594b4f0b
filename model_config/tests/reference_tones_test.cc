// Tests of the reference that core and exporter compare their tones with: figures that follow from
// docs/ARCHITECTURE.md ("Tones") by hand. Left out: the decoder's network with tones, which core's
// and the exporter's tests compare with the reference codec.
#include "reference_tones.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "reference_codec.h"

namespace motet::testing {
namespace {

constexpr int64_t kPacket = 64, kWindow = 128;  // of kTonesConfig, like the next
constexpr int64_t kFirst = 3, kLines = 40;

class ReferenceTonesTest : public ::testing::Test {
 protected:
  ReferenceTonesTest() : config_(ConfigOf(kTonesConfig)), tones_(config_) {}

  // Of `packets` packets, left and right, from what the middle is at each sample.
  template <typename At>
  std::vector<PacketTones> PickOf(int64_t packets, const At& at) const {
    std::vector<std::vector<float>> pcm(2);
    for (int64_t n = 0; n < packets * kPacket; ++n) {
      // What the two channels do not share is not in their mean.
      const double middle = at(n), side = 0.05 * std::sin(0.7 * static_cast<double>(n));
      pcm[0].push_back(static_cast<float>(middle + side));
      pcm[1].push_back(static_cast<float>(middle - side));
    }
    return tones_.Pick(pcm);
  }

  // All bins from 1 on at the same level in a Hann window (a quarter turn from bin to bin, so that
  // neighbours leave each other's magnitude alone), but one that is `gain` times as strong.
  static double Comb(int64_t n, int64_t line, double gain) {
    double sum = 0;
    for (int64_t k = 1; k < kWindow / 2; ++k) {
      const double turns = static_cast<double>(k * n) / kWindow + static_cast<double>(k) / 4;
      const double amplitude = k == kFirst + line ? 0.005 * gain : 0.005;
      sum += amplitude * std::cos(2 * std::numbers::pi * turns);
    }
    return sum;
  }

  const ModelConfig config_;
  const ReferenceTones tones_;
};

// -20 dB is 46 dB above the floor: 18.4 steps of 2.5 dB.
TEST_F(ReferenceTonesTest, ASinusoidIsOneToneOfItsLevel) {
  const auto picked = PickOf(9, [](int64_t n) {
    return 0.1 * std::cos(2 * std::numbers::pi * static_cast<double>((kFirst + 20) * n) / kWindow);
  });
  ASSERT_EQ(picked.size(), 9U);
  EXPECT_TRUE(picked[0].empty()) << "its window is before the beginning";
  for (size_t p = 2; p < 9; ++p) EXPECT_EQ(picked[p], (PacketTones{{20, 18}})) << p;
}

TEST_F(ReferenceTonesTest, NothingOfTheSideIsATone) {
  for (const PacketTones& tones : PickOf(9, [](int64_t) { return 0.0; })) {
    EXPECT_TRUE(tones.empty());
  }
}

// 15 bins of one level, the middle 3 times as strong: 9.5 dB above the others, 8.5 above their
// mean. With 3 dB because it lasts and 2.6 because line 5 is low it scores 14.1, enough to be kept.
// A single peak is none: the window after it must have one, too.
TEST_F(ReferenceTonesTest, AToneBeginsAtAPeakThatTheNextWindowHasToo) {
  const auto lasting = [&](int64_t packets) {
    return PickOf(12, [&](int64_t n) {
      return Comb(n, 5, n / kPacket >= 4 && n / kPacket < 4 + packets ? 3 : 1);
    });
  };
  // The window of packet 6 is packets 4 and 5; in those of packets 5 and 7 the line is at 2,
  // which is 5.5 dB above the mean.
  for (const PacketTones& tones : lasting(2)) EXPECT_TRUE(tones.empty());
  // Packet 7 has a peak, too, and packet 8 what suffices to go on: 5.5 + 6 + 2.6.
  const auto three = lasting(3);
  for (size_t p = 0; p < 12; ++p) EXPECT_EQ(three[p].contains(5), p >= 6 && p <= 8) << p;
}

// Twice as strong as the others it is 5.5 dB above the mean: enough to go on, too little to begin.
TEST_F(ReferenceTonesTest, AToneGoesOnForSixteenPacketsWithAPeak) {
  const auto picked = PickOf(40, [](int64_t n) { return Comb(n, 5, n < 10 * kPacket ? 3 : 2); });
  // Packet 11's window, half of which is as strong as before, is the last with a peak, so a tone
  // begins in packet 10 for the last time.
  for (size_t p = 3; p < 40; ++p) EXPECT_EQ(picked[p].contains(5), p <= 10 + 15) << p;
  // The beginning of the sound is a peak, too.
  const auto never = PickOf(40, [](int64_t n) { return Comb(n, 5, 2); });
  for (size_t p = 20; p < 40; ++p) EXPECT_FALSE(never[p].contains(5)) << p;
}

// A line of 8 times the others' level, 16.7 dB above the mean, is kept beside one of 16 times, 6 dB
// above it, for which it scores 2.4 less, but not beside one of 500 times, 36 dB above it.
TEST_F(ReferenceTonesTest, WhatIsFarBelowTheLoudestLineIsLeftOut) {
  for (const double loudest : {16.0, 500.0}) {
    const auto picked = PickOf(
        9, [&](int64_t n) { return Comb(n, 5, 8) + Comb(n, 35, loudest) - Comb(n, kLines, 1); });
    EXPECT_TRUE(picked[6].contains(35)) << loudest;
    EXPECT_EQ(picked[6].contains(5), loudest == 16) << loudest;
  }
}

TEST_F(ReferenceTonesTest, OfMoreThanFitThoseThatStandOutMostAreKept) {
  const std::vector<double> gains = {1, 12, 12, 9, 12, 8, 12, 12};
  const auto picked = PickOf(9, [&](int64_t n) {
    double sum = Comb(n, kLines, 1);
    for (size_t i = 0; i < gains.size(); ++i) {
      const auto line = static_cast<int64_t>(5 * i);
      sum += Comb(n, line, gains[i]) - Comb(n, line, 1);
    }
    return sum;
  });
  std::vector<int64_t> lines;
  for (const auto& [line, level] : picked[6]) lines.push_back(line);
  EXPECT_EQ(lines.size(), 5U);
  for (const int64_t line : lines) EXPECT_EQ(gains[static_cast<size_t>(line / 5)], 12) << line;
}

TEST_F(ReferenceTonesTest, AToneThatGoesOnIsASteadySinusoidOfFixedPhase) {
  for (const int64_t line : {int64_t{0}, int64_t{21}, kLines - 1}) {
    const int64_t k = kFirst + line;
    const auto [y, right] = tones_.Sound(std::vector<PacketTones>(14, {{line, 20}}));
    ASSERT_EQ(y.size(), 14 * kPacket);
    EXPECT_EQ(y, right);
    const double amplitude = std::pow(10.0, (-66 + 20 * 2.5) / 20);
    const double golden = (std::sqrt(5.0) - 1) / 2;
    const double phase = std::floor(kWindow * std::fmod(static_cast<double>(k * k) * golden, 1.0));
    const int64_t delay = config_.delay();
    for (int64_t n = 0; n < delay - kWindow; ++n) EXPECT_EQ(y[static_cast<size_t>(n)], 0) << n;
    for (int64_t n = delay - kPacket; n < 14 * kPacket; ++n) {
      const double turns = (static_cast<double>(k * (n - delay)) + phase) / kWindow;
      EXPECT_NEAR(y[static_cast<size_t>(n)], amplitude * std::cos(2 * std::numbers::pi * turns),
                  1e-12)
          << "line " << line << ", sample " << n;
    }
  }
}

TEST_F(ReferenceTonesTest, ThePacketsToneIsHeardInItsWindow) {
  std::vector<PacketTones> packets(14);
  packets[3] = {{7, 31}};
  const auto y = tones_.Sound(packets)[0];
  const int64_t begin = 3 * kPacket + config_.delay() - kWindow;
  double loudest = 0;
  for (int64_t n = 0; n < 14 * kPacket; ++n) {
    const double here = std::abs(y[static_cast<size_t>(n)]);
    EXPECT_TRUE(here == 0 || (n >= begin && n < begin + kWindow)) << n;
    loudest = std::max(loudest, here);
  }
  EXPECT_NEAR(loudest, std::pow(10.0, 11.5 / 20), 0.1);
}

// Of eight phases and five pans, by hand: a sinusoid whose phase and balance lie on steps.
TEST_F(ReferenceTonesTest, APlaceIsThePhaseInTheWindowAndTheBalance) {
  ModelConfig config = config_;
  config.tones->phases = 8;
  config.tones->pans = 5;
  const ReferenceTones tones(config);
  for (const int64_t line : {int64_t{20}, int64_t{21}}) {
    const int64_t k = kFirst + line;
    const auto at = [&](int64_t n) {
      return std::cos(2 * std::numbers::pi * (static_cast<double>(k * n) / kWindow + 3.0 / 8));
    };
    std::vector<std::vector<float>> pcm(2);
    for (int64_t n = 0; n < 14 * kPacket; ++n) {
      pcm[0].push_back(static_cast<float>(0.05 * at(n)));
      pcm[1].push_back(static_cast<float>(0.15 * at(n)));
    }
    const auto picked = tones.Pick(pcm);
    for (size_t p = 2; p < 14; ++p) {
      // Left less right is minus half of the sum: the second of five. A line of odd number makes
      // half a turn in a packet.
      const int64_t phase = k % 2 == 1 && p % 2 == 1 ? 7 : 3;
      EXPECT_EQ(picked[p], (PacketTones{{line, 32 * (1 * 8 + phase) + 18}})) << p;
    }
    const auto y = tones.Sound(picked);
    const double amplitude = std::pow(10.0, (-66 + 18 * 2.5) / 20);
    const int64_t delay = config.delay();
    for (int64_t n = delay + kPacket; n < 14 * kPacket; ++n) {
      EXPECT_NEAR(y[0][static_cast<size_t>(n)], 0.5 * amplitude * at(n - delay), 1e-12) << n;
      EXPECT_NEAR(y[1][static_cast<size_t>(n)], 1.5 * amplitude * at(n - delay), 1e-12) << n;
    }
    const auto row = tones.Row(picked[5]);
    ASSERT_EQ(row.size(), 2 * kLines);
    EXPECT_DOUBLE_EQ(row[static_cast<size_t>(line)], 2.55);
    EXPECT_DOUBLE_EQ(row[static_cast<size_t>(kLines + line)], -2.55 / 2);
  }
  using Bytes = std::vector<uint8_t>;
  EXPECT_EQ(tones.Bytes({{4, 32 * 39 + 7}}), (Bytes{5, 7, 39, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(tones.Read(Bytes{5, 7, 40, 9, 40, 1}), (PacketTones{{4, 32 * 39 + 7}, {8, 32 + 31}}));
}

TEST_F(ReferenceTonesTest, LinesStandInOrderAndZerosBehindThem) {
  EXPECT_EQ(tones_.Bytes({{39, 2}, {0, 31}}),
            (std::vector<uint8_t>{1, 31, 40, 2, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(tones_.Bytes({}), std::vector<uint8_t>(10));
  EXPECT_EQ(tones_.Read(tones_.Bytes({{39, 2}, {0, 31}})), (PacketTones{{0, 31}, {39, 2}}));
}

TEST_F(ReferenceTonesTest, BytesThatNoEncoderWritesAreReadByTheSameRules) {
  using Bytes = std::vector<uint8_t>;
  EXPECT_EQ(tones_.Read(Bytes{0, 5, 9, 1, 0, 0, 40, 2, 0, 0}), (PacketTones{{8, 1}, {39, 2}}));
  EXPECT_EQ(tones_.Read(Bytes{41, 5, 255, 1, 2, 3, 0, 0, 0, 0}), (PacketTones{{1, 3}}));
  EXPECT_EQ(tones_.Read(Bytes{2, 32, 3, 255, 0, 0, 0, 0, 0, 0}), (PacketTones{{1, 31}, {2, 31}}));
  EXPECT_EQ(tones_.Read(Bytes{9, 4, 2, 3, 9, 6, 0, 0, 0, 0}), (PacketTones{{1, 3}, {8, 6}}));
}

TEST_F(ReferenceTonesTest, TheNetworkIsToldHowFarAToneIsAboveTheFloor) {
  const std::vector<double> row = tones_.Row({{0, 0}, {5, 20}});
  ASSERT_EQ(row.size(), 40U);
  EXPECT_DOUBLE_EQ(row[0], 0.3);
  EXPECT_DOUBLE_EQ(row[5], 2.8);
  EXPECT_EQ(row[6], 0);
}

TEST_F(ReferenceTonesTest, TheCodecPutsThemBehindTheCodesOfTheirQuality) {
  std::mt19937 random(1);
  const RandomTensors tensors = EvenTensors(random, config_);
  const ReferenceCodec codec(config_, tensors);
  Codes codes;
  for (const Level level : kCoarseToFine) {
    for (uint8_t i = 0; i < 4; ++i) {
      codes[level].emplace_back(kFramesPerPacket[level],
                                static_cast<uint8_t>(200 + 10 * level + i));
    }
  }
  codes.tones = {{{4, 17}}};
  const auto of = [&](int quality) { return codec.Packets(codes, quality); };
  EXPECT_EQ(of(3), (std::vector<uint8_t>{200, 201, 210, 210}));
  EXPECT_EQ(of(4),
            (std::vector<uint8_t>{200, 201, 210, 210, 211, 211, 5, 17, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(of(5), (std::vector<uint8_t>{200, 201, 210, 210, 211, 211, 5,   17,  0,   0,
                                         0,   0,   0,   0,   0,   0,   220, 220, 220, 220}));
  for (int quality = 1; quality <= 12; ++quality) {
    EXPECT_EQ(of(quality).size(), static_cast<size_t>(config_.packet_bytes(quality)));
    const auto wanted = quality < 4 ? PacketTones{} : codes.tones[0];
    EXPECT_EQ(codec.Tones(of(quality), quality), std::vector<PacketTones>{wanted}) << quality;
  }
}

}  // namespace
}  // namespace motet::testing
