// Tests the tonal metric: against an independent implementation (NumPy and SciPy, written from the
// definitions in tonal.h) on music that a codec has decoded, and against what theory says of noise
// and tones.
#include "metrics/tonal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "signals.h"
namespace motet::metrics {
namespace {

using Row = std::array<double, kTonalBands>;

void ExpectNear(const TonalRow& row, const Row& expected, double tolerance) {
  for (size_t band = 0; band < kTonalBands; ++band) {
    ASSERT_TRUE(row[band].has_value()) << band;
    EXPECT_NEAR(*row[band], expected[band], tolerance) << "band " << band;
  }
}

// The values are those of a NumPy program whose spectra are scipy.signal.stft's (nperseg 2048,
// noverlap 1536), and whose means over 15 bins are scipy.ndimage.uniform_filter1d's, with soundfile
// as the reader, on these very files. The last row is its result for both pairs at once.
TEST(TonalTest, AgreesWithTheIndependentImplementationOnDecodedMusic) {
  const TonalSums excerpt =
      CompareMono<Tonal>(ReadMid("excerpt.flac"), ReadMid("decoded/excerpt.flac"));
  ExpectNear(excerpt.coherence(), {0.807491, 0.565887, 0.007130, 0.000125, 0.000128}, 1e-5);
  ExpectNear(excerpt.fine(), {0.851724, 0.753238, 0.507473, 0.240938, 0.128062}, 1e-5);
  const TonalSums ivory = CompareMono<Tonal>(ReadMid("ivory.flac"), ReadMid("decoded/ivory.flac"));
  ExpectNear(ivory.coherence(), {0.771021, 0.469580, 0.018510, 0.000148, 0.000088}, 1e-5);
  ExpectNear(ivory.fine(), {0.797394, 0.678298, 0.540834, 0.347833, 0.154527}, 1e-5);
  TonalSums both = excerpt;
  both += ivory;
  ExpectNear(both.coherence(), {0.786470, 0.516558, 0.011012, 0.000016, 0.000079}, 1e-5);
  ExpectNear(both.fine(), {0.829305, 0.718337, 0.523062, 0.292676, 0.137669}, 1e-5);
}

TEST(TonalTest, EqualSignalsHaveOneAndALevelOrASignChangesNothing) {
  const Mono music = ReadMid("ivory.flac");
  Mono inverted = music;
  for (float& sample : inverted) sample *= -0.5f;
  const Row ones = {1, 1, 1, 1, 1};
  ExpectNear(CompareMono<Tonal>(music, music).coherence(), ones, 1e-12);
  ExpectNear(CompareMono<Tonal>(music, music).fine(), ones, 1e-12);
  ExpectNear(CompareMono<Tonal>(music, inverted).coherence(), ones, 1e-3);
  // But for the floor of the logarithm.
  ExpectNear(CompareMono<Tonal>(music, inverted).fine(), ones, 1e-3);
}

// n independent values have a squared coherence of 1/n by chance, and a correlation of 0 with a
// deviation of 1/sqrt(n). Frames that overlap by three quarters, under a window that smears three
// bins, are about n/4 values; the narrowest band has 15 bins.
TEST(TonalTest, IndependentNoiseHasNeitherCoherenceNorFineStructureInCommon) {
  const Mono x = GaussianNoise(1);
  const TonalSums sums = CompareMono<Tonal>(x, GaussianNoise(2));
  const double n = 15.0 * static_cast<double>(x.size()) / 512 / 4;
  for (size_t band = 0; band < kTonalBands; ++band) {
    EXPECT_LT(*sums.coherence()[band], 10 / n) << band;
    EXPECT_LT(std::abs(*sums.fine()[band]), 5 / std::sqrt(n)) << band;
  }
}

// Gaussian noise plus as much of another: spectra with a correlation r of 1/sqrt(2). Companded by
// the power p their correlation is G(1 + (p + 1) / 2)^2 / G(1 + p) * r * F((1 - p) / 2, (1 - p) /
// 2; 2; r^2), with Euler's G and Gauss's F; as Price's theorem gives it for circular variables.
TEST(TonalTest, HalfNoiseHasTheCoherenceOfTheory) {
  const Mono x = GaussianNoise(1);
  const Mono other = GaussianNoise(2);
  Mono y = x;
  for (size_t i = 0; i < y.size(); ++i) y[i] += other[i];
  constexpr double kPower = 0.4;
  const double a = (1 - kPower) / 2;
  double series = 1;
  double term = 1;
  for (int k = 0; k < 60; ++k) {
    term *= (a + k) * (a + k) / ((2.0 + k) * (1.0 + k)) * 0.5;
    series += term;
  }
  const double correlation = std::pow(std::tgamma(1 + (kPower + 1) / 2), 2) /
                             std::tgamma(1 + kPower) * std::sqrt(0.5) * series;
  const double theory = correlation * correlation;
  EXPECT_NEAR(theory, 0.456, 0.001);
  ExpectNear(CompareMono<Tonal>(x, y).coherence(), {theory, theory, theory, theory, theory}, 0.04);
}

// A tone that is a fifth of a hertz off lies in the same bins, but its phase turns.
TEST(TonalTest, PartialsInTheirPlacesWithOtherPhasesHaveFineStructureWithoutCoherence) {
  const auto partials = [](double root) {
    Mono signal(20 * kSampleRate);
    for (size_t i = 0; i < signal.size(); ++i) {
      const double t = static_cast<double>(i) / kSampleRate;
      for (int partial = 1; partial <= 50; ++partial)
        signal[i] += static_cast<float>(
            0.01 * std::sin(2 * std::numbers::pi * root * partial * t + partial * partial));
    }
    return signal;
  };
  const TonalSums sums = CompareMono<Tonal>(partials(120.0), partials(120.2));
  for (size_t band = 0; band < kTonalBands; ++band) {
    EXPECT_LT(*sums.coherence()[band], 0.05) << band;
    EXPECT_GT(*sums.fine()[band], 0.8) << band;
  }
}

TEST(TonalTest, DoesNotDependOnTheBlocks) {
  const Mono x = GaussianNoise(1, 9000);
  const Mono y = GaussianNoise(2, 9000);
  const TonalSums whole = CompareMono<Tonal>(x, y);
  for (const size_t block : {1u, 7u, 1000u, 4096u}) {
    EXPECT_EQ(CompareMono<Tonal>(x, y, block).coherence(), whole.coherence()) << block;
    EXPECT_EQ(CompareMono<Tonal>(x, y, block).fine(), whole.fine()) << block;
  }
}

TEST(TonalTest, OfSilenceNothingIsSaid) {
  const Mono silence(9000);
  for (const TonalSums& sums :
       {CompareMono<Tonal>(silence, silence), CompareMono<Tonal>(silence, GaussianNoise(1, 9000)),
        CompareMono<Tonal>(GaussianNoise(1, 9000), silence), CompareMono<Tonal>({}, {})}) {
    for (size_t band = 0; band < kTonalBands; ++band) {
      EXPECT_FALSE(sums.coherence()[band].has_value()) << band;
      EXPECT_FALSE(sums.fine()[band].has_value()) << band;
    }
  }
}

TEST(TonalTest, IsOfTheMeanOfBothChannels) {
  const Mono left = GaussianNoise(1, 9000);
  const Mono right = GaussianNoise(2, 9000);
  Mono mid = left;
  for (size_t i = 0; i < mid.size(); ++i) mid[i] = (left[i] + right[i]) / 2;
  const Mono other = GaussianNoise(3, 9000);
  const float* const x[2] = {left.data(), right.data()};
  const float* const y[2] = {other.data(), other.data()};
  Tonal stereo(2);
  stereo.Push(x, y, left.size());
  const TonalSums sums = stereo.Finish();
  EXPECT_EQ(sums.coherence(), CompareMono<Tonal>(mid, other).coherence());
  EXPECT_EQ(sums.fine(), CompareMono<Tonal>(mid, other).fine());
}

}  // namespace
}  // namespace motet::metrics
