// Tests what becomes of attacks: against an independent implementation (NumPy, written from the
// definitions in onsets.h and transients.h) on music that a codec has decoded, and on strokes whose
// onsets are known.
#include "metrics/transients.h"

#include <gtest/gtest.h>

#include <cmath>

#include "metrics/onsets.h"
#include "signals.h"

namespace motet::metrics {
namespace {

constexpr size_t kStrokes = 8;
constexpr size_t kApart = 22050;

// Bursts of noise that die away in 50 ms, half a second apart, over a little noise; `late` samples
// late each. Not those that `left_out` is the number of.
Mono Strokes(ptrdiff_t late = 0, size_t left_out = kStrokes) {
  Mono signal = GaussianNoise(5, kApart * (kStrokes + 1));
  for (size_t i = 0; i < signal.size(); ++i) {
    const ptrdiff_t since = static_cast<ptrdiff_t>(i) - late;
    const auto stroke = static_cast<size_t>(since) / kApart;
    const bool sounds = since >= static_cast<ptrdiff_t>(kApart) && stroke - 1 != left_out;
    const double age = static_cast<double>(since % static_cast<ptrdiff_t>(kApart));
    signal[i] *= 0.001f + (sounds ? static_cast<float>(std::exp(-age / 500)) : 0.0f);
  }
  return signal;
}

TransientSmear Compare(const Mono& x, const Mono& y) { return CompareMono<Transients>(x, y); }

TEST(TransientsTest, AgreesWithTheIndependentImplementationOnDecodedMusic) {
  struct Golden {
    const char* name;
    size_t reference, degraded, matched;
    double before_db;
    std::array<double, 3> error_db;  // at the first lag, at the onset, at the last lag
  };
  for (const Golden& golden :
       {Golden{"excerpt.flac", 27, 21, 21, 0.816161, {2.20912, 2.69354, 2.33945}},
        Golden{"ivory.flac", 33, 32, 31, 0.825942, {2.74453, 2.99853, 2.65298}}}) {
    SCOPED_TRACE(golden.name);
    const TransientSmear found =
        Compare(ReadMid(golden.name), ReadMid(std::string("decoded/") + golden.name));
    EXPECT_EQ(found.reference_onsets, golden.reference);
    EXPECT_EQ(found.degraded_onsets, golden.degraded);
    EXPECT_EQ(found.matched, golden.matched);
    EXPECT_NEAR(found.before_db.value(), golden.before_db, 1e-3);
    EXPECT_NEAR(found.error_db.front().value(), golden.error_db[0], 1e-3);
    EXPECT_NEAR(found.error_db[-kFirstOnsetLag].value(), golden.error_db[1], 1e-3);
    EXPECT_NEAR(found.error_db.back().value(), golden.error_db[2], 1e-3);
  }
}

TEST(TransientsTest, EqualSignalsHaveEveryOnsetAndNoSmear) {
  const TransientSmear found = Compare(Strokes(), Strokes());
  EXPECT_EQ(found.reference_onsets, kStrokes);
  EXPECT_EQ(found.f_score(), 1);
  EXPECT_EQ(found.before_db, 0);
  for (const auto& error : found.error_db) EXPECT_EQ(error, 0);
}

TEST(TransientsTest, AnOnsetIsFoundWithinAHundredthOfASecond) {
  const Mono strokes = Strokes();
  std::vector<float> energy(strokes.size() / kEnergyBlock + 1);
  for (size_t i = 0; i < strokes.size(); ++i) energy[i / kEnergyBlock] += strokes[i] * strokes[i];
  std::vector<float> flux(strokes.size() / kOnsetHop + 1);
  for (size_t stroke = 1; stroke <= kStrokes; ++stroke) flux[stroke * kApart / kOnsetHop + 1] = 1;
  const std::vector<size_t> onsets = FindOnsets(flux, energy);
  ASSERT_EQ(onsets.size(), kStrokes);
  for (size_t i = 0; i < kStrokes; ++i) {
    EXPECT_NEAR(static_cast<double>(onsets[i] * kEnergyBlock),
                static_cast<double>((i + 1) * kApart), kEnergyBlock)
        << i;
  }
}

// Seven of eight found, none too many: 2 * 7 / (7 + 8).
TEST(TransientsTest, ALostStrokeLowersTheScoreAsTheFormulaSays) {
  EXPECT_NEAR(Compare(Strokes(), Strokes(0, 3)).f_score().value(), 14.0 / 15, 1e-12);
  EXPECT_NEAR(Compare(Strokes(0, 3), Strokes()).f_score().value(), 14.0 / 15, 1e-12);
}

TEST(TransientsTest, AnOnsetIsTheSameUpToFiftyMillisecondsAway) {
  EXPECT_EQ(Compare(Strokes(), Strokes(1700)).f_score(), 1);  // 39 ms
  EXPECT_EQ(Compare(Strokes(), Strokes(4000)).f_score(), 0);  // 91 ms
}

// Noise in the 20 ms before each stroke as strong as what follows: what was 1e-6 of the energy at
// least is all of it.
TEST(TransientsTest, EnergyAheadOfAnAttackIsSmear) {
  Mono smeared = Strokes();
  const Mono noise = GaussianNoise(6, smeared.size());
  for (size_t i = 0; i < smeared.size(); ++i) {
    if (i > kApart / 2 && i % kApart > kApart - 882) smeared[i] = 0.1f * noise[i];
  }
  const TransientSmear found = Compare(Strokes(), smeared);
  // A stroke has the mean power P of its 20 ms, 0.1^2 (1 - e^(-882 * 2 / 500)) 500 / (2 * 882);
  // ahead are 0.01 of 0.1^2, and were 1e-6.
  const double stroke = (1 - std::exp(-2 * 896.0 / 500)) * 500 / (2 * 896.0);
  const double was = std::max(10 * std::log10(1e-6 / stroke), -60.0);
  EXPECT_NEAR(found.before_db.value(), 10 * std::log10(0.01 / stroke) - was, 1);
  EXPECT_GT(found.error_db[-kFirstOnsetLag - 3].value(), 5) << "17 ms before the onset";
}

TEST(TransientsTest, WhatHasNoOnsetHasNoScore) {
  const Mono silence(50000);
  EXPECT_EQ(Compare(silence, Strokes()).f_score(), std::nullopt);
  EXPECT_EQ(Compare(silence, Strokes()).before_db, std::nullopt);
  EXPECT_EQ(Compare(Strokes(), Mono(kApart * 9)).f_score(), 0);
  EXPECT_EQ(Compare({}, {}).f_score(), std::nullopt);
}

TEST(TransientsTest, DoesNotDependOnTheBlocks) {
  const Mono x = ReadMid("excerpt.flac");
  const Mono y = ReadMid("decoded/excerpt.flac");
  const TransientSmear whole = Compare(x, y);
  for (const size_t block : {777u, 4096u}) {
    const TransientSmear cut = CompareMono<Transients>(x, y, block);
    EXPECT_EQ(cut.before_db, whole.before_db) << block;
    EXPECT_EQ(cut.error_db, whole.error_db) << block;
  }
}

}  // namespace
}  // namespace motet::metrics
