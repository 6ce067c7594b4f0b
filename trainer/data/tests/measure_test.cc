// What is measured and changed on the way into a dataset: sample rate and bandwidth.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "data/bandwidth.h"
#include "data/resample.h"
#include "data/tests/test_support.h"

namespace motet::data {
namespace {

constexpr int kRate = 44100;

std::vector<float> FloatNoise(std::size_t count, float gain) {
  std::vector<float> out(count);
  std::ranges::transform(testing::Noise(count, 1), out.begin(), [gain](std::int16_t sample) {
    return gain * static_cast<float>(sample) / 32768.0F;
  });
  return out;
}

double Measure(const std::vector<float>& stereo) {
  return BandwidthHz(LongTermSpectrumDb(stereo, kRate));
}

TEST(ResampleTest, LengthIsTheRoundedRatio) {
  for (const std::size_t frames : {1U, 100U, 48000U, 48007U}) {
    const auto out = Resample(std::vector<float>(2 * frames), 2, 48000, kRate);
    EXPECT_EQ(out.size() / 2, (frames * 44100 + 24000) / 48000) << frames;
  }
}

TEST(ResampleTest, EqualRatesChangeNothing) {
  const auto noise = FloatNoise(1000, 1.0F);
  EXPECT_EQ(Resample(noise, 2, kRate, kRate), noise);
}

TEST(ResampleTest, ToneKeepsFrequencyPhaseAndChannels) {
  const auto tone = [](int rate, std::size_t frame) {
    return static_cast<float>(
        std::sin(2.0 * std::numbers::pi * 1000.0 * static_cast<double>(frame) / rate));
  };
  std::vector<float> in;
  for (std::size_t i = 0; i < 48000; ++i) in.insert(in.end(), {tone(48000, i), 0.25F});
  const auto out = Resample(in, 2, 48000, kRate);
  for (std::size_t i = 4000; i < 40000; ++i) {
    ASSERT_NEAR(out[2 * i], tone(kRate, i), 1e-4) << i;
    ASSERT_NEAR(out[2 * i + 1], 0.25, 1e-4) << i;
  }
}

TEST(BandwidthTest, WhiteNoiseReachesTheTop) {
  EXPECT_EQ(Measure(FloatNoise(1 << 18, 1.0F)), 22000.0);
}

TEST(BandwidthTest, FindsWhereAnEncoderCut) {
  // Noise at 22.05 kHz ends at 11.025 kHz once it is resampled.
  const auto cut = Resample(FloatNoise(1 << 17, 1.0F), 2, 22050, kRate);
  EXPECT_NEAR(Measure(cut), 11000.0, 500.0);
}

TEST(BandwidthTest, NoiseAboveTheWallIsNotMusic) {
  auto cut = Resample(FloatNoise(1 << 17, 1.0F), 2, 22050, kRate);
  const auto floor = FloatNoise(cut.size(), 1e-3F);
  std::ranges::transform(cut, floor, cut.begin(), std::plus<>());
  EXPECT_NEAR(Measure(cut), 11000.0, 500.0);
}

TEST(BandwidthTest, SteadySlopeIsNoWall) {
  // Falling by 3 dB per 500 Hz: gone below -90 dB after 30 bands, nowhere cut.
  std::vector<double> spectrum;
  for (int band = 0; band < 44; ++band) spectrum.push_back(-3.0 * band);
  EXPECT_EQ(BandwidthHz(spectrum), 31 * kBandWidthHz);
}

TEST(BandwidthTest, SilenceHasNone) {
  EXPECT_EQ(Measure(std::vector<float>(1 << 14)), 0.0);
  EXPECT_EQ(Measure({}), 0.0);
}

}  // namespace
}  // namespace motet::data
