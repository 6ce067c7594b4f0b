// Tests the distances that `motet compare` reports: against values from an independent
// implementation (NumPy, written from the definitions of descript-audio-codec), against what
// follows from the formulas, and that they do not depend on how the signals are cut into blocks.
#include "metrics/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace motet::metrics {
namespace {

using Signal = std::vector<std::vector<float>>;  // [channel][sample]

Distances Compare(const Signal& reference, const Signal& degraded, size_t block = 10000) {
  Comparison comparison(static_cast<int>(reference.size()));
  for (size_t at = 0; at < reference[0].size(); at += block) {
    const float* const x[2] = {reference.front().data() + at, reference.back().data() + at};
    const float* const y[2] = {degraded.front().data() + at, degraded.back().data() + at};
    comparison.Push(x, y, std::min(block, reference[0].size() - at));
  }
  return comparison.Finish();
}

// Deterministic noise in -1...1: Numerical Recipes' linear congruential generator, the high 16
// bits.
struct Noise {
  uint32_t state = 1;
  float operator()() {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(static_cast<int>(state >> 16) - 32768) / 32768.0f;
  }
};

// Tones that come and go, and the same with noise and less level. The definition is repeated in the
// NumPy script that gave the values.
std::pair<Signal, Signal> Piece(size_t samples) {
  std::pair<Signal, Signal> piece{Signal(2, std::vector<float>(samples)),
                                  Signal(2, std::vector<float>(samples))};
  Noise noise;
  for (size_t channel = 0; channel < 2; ++channel) {
    const double hz = channel == 0 ? 440 : 1234.5;
    for (size_t i = 0; i < samples; ++i) {
      const double t = static_cast<double>(i) / kSampleRate;
      const double x = 0.4 * std::sin(2 * std::numbers::pi * hz * t) *
                           (0.5 + 0.5 * std::sin(2 * std::numbers::pi * 3 * t)) +
                       0.01 * noise();
      piece.first[channel][i] = static_cast<float>(x);
      piece.second[channel][i] = static_cast<float>(0.8 * x + 0.02 * noise());
    }
  }
  return piece;
}

TEST(MetricsTest, AgreesWithTheIndependentImplementation) {
  struct Golden {
    size_t samples;
    double mel, mel_evaluation, mel_mid_side, stft, si_sdr_db;
  };
  for (const Golden& golden : {
           Golden{2, 0.075248, 0.011782, 0.112076, 0.021569, 12.629708},
           Golden{17, 0.877067, 0.468221, 0.888287, 0.377472, 11.699584},
           Golden{1000, 1.632340, 1.008818, 1.532904, 2.162988, 21.481677},
           Golden{1025, 1.617134, 0.991007, 1.534570, 2.191529, 21.580890},
           Golden{44100, 1.960306, 1.320237, 1.840168, 1.987143, 21.565356},
       }) {
    SCOPED_TRACE(golden.samples);
    const auto [x, y] = Piece(golden.samples);
    const Distances distances = Compare(x, y);
    EXPECT_EQ(distances.samples, golden.samples);
    EXPECT_NEAR(distances.mel, golden.mel, 1e-4);
    EXPECT_NEAR(distances.mel_evaluation, golden.mel_evaluation, 1e-4);
    EXPECT_NEAR(distances.mel_mid_side, golden.mel_mid_side, 1e-4);
    EXPECT_NEAR(distances.stft, golden.stft, 1e-4);
    EXPECT_NEAR(distances.si_sdr_db.value(), golden.si_sdr_db, 1e-4);
  }
}

// Noise of a known power against a signal that it has nothing to do with: the ratio is that of the
// powers. By chance n samples correlate by 1 / sqrt(n), which makes 8.7 sqrt(N / P / n) dB.
TEST(MetricsTest, NoiseOfAKnownLevelGivesTheSiSdrOfTheory) {
  constexpr size_t kSamples = 30000;
  Noise noise;
  Signal x(1, std::vector<float>(kSamples));
  for (float& sample : x[0]) sample = 0.3f * noise();
  for (const double db : {-10.0, 0.0, 10.0, 30.0}) {
    const double chance = 8.7 * std::sqrt(std::pow(10, -db / 10) / kSamples);
    Signal y = x;
    const auto gain = static_cast<float>(0.3 * std::pow(10, -db / 20));
    for (float& sample : y[0]) sample += gain * noise();
    EXPECT_NEAR(Compare(x, y).si_sdr_db.value(), db, 0.03 + 4 * chance) << db;
    for (float& sample : y[0]) sample *= 0.25f;
    EXPECT_NEAR(Compare(x, y).si_sdr_db.value(), db, 0.03 + 4 * chance) << "at another level";
  }
}

TEST(MetricsTest, EqualSignalsAreAtDistanceZero) {
  const auto [x, y] = Piece(5000);
  const Distances distances = Compare(x, x);
  EXPECT_EQ(distances.mel, 0);
  EXPECT_EQ(distances.mel_evaluation, 0);
  EXPECT_EQ(distances.mel_mid_side, 0);
  EXPECT_EQ(distances.stft, 0);
  EXPECT_GT(distances.si_sdr_db.value(), 80);
}

TEST(MetricsTest, HalfTheLevelIsLog10Of2InEveryBandAndNoDistortion) {
  Noise noise;
  Signal x(1, std::vector<float>(20000));
  Signal y = x;
  for (size_t i = 0; i < x[0].size(); ++i) {
    x[0][i] = noise();
    y[0][i] = x[0][i] / 2;
  }
  const Distances distances = Compare(x, y);
  EXPECT_GT(distances.si_sdr_db.value(), 80);
  EXPECT_LE(distances.mel, 7 * std::log10(2) + 1e-9);
  EXPECT_GE(distances.mel, 6 * std::log10(2))
      << "but for the few bands that are narrower than a bin";
}

TEST(MetricsTest, LevelIsTheRatioOfTheEnergiesOfAllChannels) {
  Signal x(2, std::vector<float>(1000)), y(2, std::vector<float>(1000));
  x[0][500] = 1;     // a click in one channel
  y[1][700] = 0.1F;  // a tenth of it, anywhere
  EXPECT_NEAR(Compare(x, y).level_db.value(), -20, 1e-5);
  EXPECT_NEAR(Compare(y, x).level_db.value(), 20, 1e-5);
  EXPECT_EQ(Compare(x, x).level_db, 0);
  const Signal silence(2, std::vector<float>(1000));
  EXPECT_EQ(Compare(x, silence).level_db, std::nullopt);
  EXPECT_EQ(Compare(silence, x).level_db, std::nullopt);
}

TEST(MetricsTest, DoesNotDependOnTheBlocks) {
  const auto [x, y] = Piece(9000);
  const Distances whole = Compare(x, y);
  for (const size_t block : {1u, 7u, 1000u, 4096u}) {
    const Distances cut = Compare(x, y, block);
    EXPECT_EQ(cut.mel, whole.mel) << block;
    EXPECT_EQ(cut.mel_mid_side, whole.mel_mid_side) << block;
    EXPECT_EQ(cut.stft, whole.stft) << block;
  }
}

TEST(MetricsTest, CoherenceErrorIsThatOfAnImageThatCollapses) {
  // Independent noise left and right, decoded as the same noise on both: coherence 1 for about the
  // 1/sqrt(n) that n independent values have by chance.
  Noise noise;
  Signal wide(2, std::vector<float>(50000));
  for (auto& channel : wide) {
    for (float& sample : channel) sample = 0.3f * noise();
  }
  const Signal narrow = {wide[0], wide[0]};
  EXPECT_EQ(Compare(wide, wide).coherence_error, 0);
  const Distances collapsed = Compare(wide, narrow);
  EXPECT_GT(collapsed.coherence_error, 0.6);
  EXPECT_LT(collapsed.coherence_error, 1);
  EXPECT_GT(collapsed.mel_mid_side, collapsed.mel + 1) << "the side is gone";
  // From the same parts: c = 2ab / (a^2 + b^2), 0.6 for 3 and 1.
  Signal half = wide;
  for (size_t i = 0; i < wide[0].size(); ++i) {
    half[0][i] = 0.3f * wide[0][i] + 0.1f * wide[1][i];
    half[1][i] = 0.1f * wide[0][i] + 0.3f * wide[1][i];
  }
  EXPECT_NEAR(Compare(narrow, half).coherence_error, 0.4, 0.05);
  EXPECT_EQ(Compare(half, narrow).coherence_error, Compare(half, narrow, 777).coherence_error);
  // Levels do not matter, and one channel has no image.
  Signal quiet = half;
  for (float& sample : quiet[1]) sample /= 4;
  EXPECT_NEAR(Compare(half, quiet).coherence_error, 0, 1e-6);
  EXPECT_EQ(Compare({half[0]}, {half[1]}).coherence_error, 0);
}

TEST(MetricsTest, BandwidthEndsWhereTheDegradedSignalDoes) {
  Noise noise;
  Signal x(1, std::vector<float>(50000));
  for (float& sample : x[0]) sample = noise();
  // A low pass at 8 kHz: a windowed sinc of 255 taps.
  constexpr int kHalf = 127;
  std::vector<double> taps;
  for (int i = -kHalf; i <= kHalf; ++i) {
    const double t = 2.0 * 8000 / kSampleRate * i;
    const double sinc = i == 0 ? 1 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t);
    taps.push_back(2.0 * 8000 / kSampleRate * sinc *
                   (0.5 + 0.5 * std::cos(std::numbers::pi * i / (kHalf + 1))));
  }
  Signal low = x;
  for (size_t i = 0; i < x[0].size(); ++i) {
    double sum = 0;
    for (size_t k = 0; k < taps.size() && k <= i; ++k) sum += taps[k] * x[0][i - k];
    low[0][i] = static_cast<float>(sum);
  }
  const Distances cut = Compare(x, low);
  EXPECT_EQ(cut.reference_bandwidth_hz, 22000);
  EXPECT_EQ(cut.bandwidth_hz, 8000);
  EXPECT_EQ(Compare(x, x).bandwidth_hz, 22000);
  EXPECT_EQ(Compare(low, x).reference_bandwidth_hz, Compare(low, x).bandwidth_hz);
}

TEST(MetricsTest, SilenceAndNothingHaveFiniteDistances) {
  const Signal silence(2, std::vector<float>(3000));
  EXPECT_EQ(Compare(silence, silence).mel, 0);
  EXPECT_TRUE(std::isfinite(Compare(silence, Piece(3000).first).mel));
  EXPECT_EQ(Compare(Signal(2), Signal(2)).samples, 0u);
}

// There is no signal to scale, or none left of it.
TEST(MetricsTest, SiSdrIsNotDefinedWhereOneOfTheTwoIsSilent) {
  const Signal silence(2, std::vector<float>(3000));
  const Signal constant(2, std::vector<float>(3000, 0.3f));
  const Signal music = Piece(3000).first;
  EXPECT_TRUE(Compare(music, music).si_sdr_db.has_value());
  for (const Signal& empty : {silence, constant}) {
    EXPECT_FALSE(Compare(empty, empty).si_sdr_db.has_value());
    EXPECT_FALSE(Compare(empty, music).si_sdr_db.has_value());
    EXPECT_FALSE(Compare(music, empty).si_sdr_db.has_value());
  }
  EXPECT_FALSE(Compare(Signal(2), Signal(2)).si_sdr_db.has_value());
}

}  // namespace
}  // namespace motet::metrics
