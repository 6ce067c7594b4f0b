// Tests the levels by bands: against an independent implementation (NumPy, written from the
// definitions in band_levels.h) on music that a codec has decoded, and against what follows from
// the definitions.
#include "metrics/band_levels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "signals.h"

namespace motet::metrics {
namespace {

TEST(BandLevelsTest, AgreesWithTheIndependentImplementationOnDecodedMusic) {
  struct Golden {
    const char* name;
    double bias_db;
    std::array<double, 5> level_db, error_db;  // of the bands below
  };
  constexpr std::array<size_t, 5> kBands = {0, 1, 10, 20, 24};
  for (const Golden& golden : {Golden{"excerpt.flac",
                                      1.83590,
                                      {3.95248, 8.52795, 0.00593, -2.86767, 1.57414},
                                      {8.50610, 7.82083, 2.35363, 3.15259, 2.71725}},
                               Golden{"ivory.flac",
                                      1.45938,
                                      {-0.39418, -0.27370, 0.80218, -3.26275, 4.18822},
                                      {2.27655, 3.35688, 3.43591, 3.51275, 2.07725}}}) {
    SCOPED_TRACE(golden.name);
    const BandDifferences found = CompareMono<BandLevels>(
        ReadMid(golden.name), ReadMid(std::string("decoded/") + golden.name));
    EXPECT_NEAR(found.bias_db().value(), golden.bias_db, 1e-3);
    for (size_t i = 0; i < kBands.size(); ++i) {
      EXPECT_NEAR(found.level_db[kBands[i]].value(), golden.level_db[i], 1e-3) << kBands[i];
      EXPECT_NEAR(found.error_db[kBands[i]].value(), golden.error_db[i], 1e-3) << kBands[i];
    }
  }
}

TEST(BandLevelsTest, EqualSignalsDifferNowhere) {
  const Mono music = ReadMid("ivory.flac");
  const BandDifferences found = CompareMono<BandLevels>(music, music);
  EXPECT_EQ(found.bias_db(), 0);
  for (const auto& error : found.error_db) EXPECT_EQ(error, 0);
}

TEST(BandLevelsTest, HalfTheAmplitudeIsSixDecibelsInEveryBand) {
  const Mono noise = GaussianNoise(1);
  Mono half = noise;
  for (float& sample : half) sample /= 2;
  const BandDifferences found = CompareMono<BandLevels>(noise, half);
  const double db = 20 * std::log10(2);
  for (size_t band = 0; band < kLevelBands; ++band) {
    EXPECT_NEAR(found.level_db[band].value(), -db, 1e-4) << band;
    EXPECT_NEAR(found.error_db[band].value(), db, 1e-4) << band;
  }
}

// A tone in the band of each nominal frequency is in that band alone, and no other has a bias.
TEST(BandLevelsTest, AToneIsInItsBand) {
  for (size_t band = 1; band < kLevelBands; ++band) {
    Mono tone(40960);
    for (size_t i = 0; i < tone.size(); ++i) {
      tone[i] = 0.5f * static_cast<float>(std::sin(2 * std::numbers::pi * kLevelBandsHz[band] *
                                                   static_cast<double>(i) / kSampleRate));
    }
    Mono louder = tone;
    for (float& sample : louder) sample *= 1.5f;
    const BandDifferences found = CompareMono<BandLevels>(tone, louder);
    EXPECT_NEAR(found.level_db[band].value(), 20 * std::log10(1.5), 0.01) << band;
  }
}

TEST(BandLevelsTest, WhatTheOriginalHasNotIsNoBias) {
  Mono tone(40960);
  for (size_t i = 0; i < tone.size(); ++i)
    tone[i] = 0.5f * std::sin(0.1424758f * static_cast<float>(i));  // 1 kHz
  Mono degraded = tone;
  const Mono noise = GaussianNoise(3, tone.size());
  for (size_t i = 0; i < tone.size(); ++i) degraded[i] += 0.1f * noise[i];
  const BandDifferences found = CompareMono<BandLevels>(tone, degraded);
  EXPECT_EQ(found.level_db.back(), std::nullopt);
  EXPECT_GT(found.error_db.back().value(), 20) << "but an error at any moment";
  EXPECT_EQ(CompareMono<BandLevels>(Mono(9000), degraded).bias_db(), std::nullopt);
  EXPECT_EQ(CompareMono<BandLevels>({}, {}).error_db[0], std::nullopt);
}

}  // namespace
}  // namespace motet::metrics
