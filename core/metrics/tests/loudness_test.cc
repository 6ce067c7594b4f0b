// Tests the loudness of two signals against what EBU Tech 3341 says that a meter shows.
#include "metrics/loudness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "metrics/spectrum.h"
#include "signals.h"

namespace motet::metrics {
namespace {

Mono Sine(double dbfs, double seconds = 20) {
  Mono sine(static_cast<size_t>(seconds * kSampleRate));
  for (size_t i = 0; i < sine.size(); ++i) {
    sine[i] = static_cast<float>(
        std::pow(10, dbfs / 20) *
        std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(i) / kSampleRate));
  }
  return sine;
}

LoudnessPair CompareStereo(const Mono& reference, const Mono& degraded) {
  Loudness loudness(2);
  const float* const x[2] = {reference.data(), reference.data()};
  const float* const y[2] = {degraded.data(), degraded.data()};
  loudness.Push(x, y, reference.size());
  return loudness.Finish();
}

// Test cases 1 and 2: a stereo sine of 1 kHz at -23 and at -33 dBFS measures -23 and -33 LUFS,
// within 0.1 LU.
TEST(LoudnessTest, ShowsWhatTheStandardWants) {
  const LoudnessPair pair = CompareStereo(Sine(-23), Sine(-33));
  EXPECT_NEAR(pair.reference.value(), -23, 0.1);
  EXPECT_NEAR(pair.degraded.value(), -33, 0.1);
  EXPECT_NEAR(pair.difference().value(), -10, 0.1);
}

TEST(LoudnessTest, EqualSignalsDifferByNothing) {
  EXPECT_EQ(CompareStereo(Sine(-12), Sine(-12)).difference().value(), 0);
}

// In mono, the same sine has half the power.
TEST(LoudnessTest, OneChannelIsThreeDecibelsQuieterThanTwo) {
  const LoudnessPair pair = CompareMono<Loudness>(Sine(-23), Sine(-23));
  EXPECT_NEAR(pair.reference.value(), -26, 0.1);
}

TEST(LoudnessTest, SilenceAndVeryShortSoundsHaveNone) {
  EXPECT_EQ(CompareStereo(Sine(-23), Mono(20 * kSampleRate)).degraded, std::nullopt);
  EXPECT_EQ(CompareStereo(Sine(-23), Mono(20 * kSampleRate)).difference(), std::nullopt);
  EXPECT_EQ(CompareStereo(Sine(-23, 0.3), Sine(-23, 0.3)).reference, std::nullopt);
}

}  // namespace
}  // namespace motet::metrics
