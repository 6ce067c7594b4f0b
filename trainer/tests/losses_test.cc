// The losses and metrics against independent values. The golden mel distances were computed with
// NumPy and SciPy from the definition (periodic Hann windows 32…2048, hop a quarter, reflection,
// Slaney mel filters 5…320, floor 1e-5, mean |log10|); the tones are those of `Tones` below.
#include "losses/losses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evaluation/validation.h"
#include "losses/music_features.h"
#include "tests/tiny_model.h"

namespace motet::trainer {
namespace {

torch::Tensor Sine(double amplitude, double hertz, double phase = 0, int64_t samples = 8192) {
  return (amplitude *
          torch::sin(2 * M_PI * hertz * torch::arange(samples, torch::kFloat64) / 44100 + phase))
      .to(torch::kFloat32);
}

std::pair<torch::Tensor, torch::Tensor> Tones() {
  return {torch::stack({Sine(0.5, 440) + Sine(0.1, 5000), Sine(0.3, 660)}),
          torch::stack({Sine(0.4, 440, 0.3), Sine(0.3, 660) + Sine(0.05, 9000)})};
}

TEST(MelDistance, EqualsGoldenValuesAtEveryScale) {
  const auto [x, y] = Tones();
  const MelDistance mel(44100);
  const std::vector<double> golden = {0.345985, 0.368573, 0.300217, 0.211442,
                                      0.163611, 0.148355, 0.171024};
  for (size_t scale = 0; scale < golden.size(); ++scale) {
    EXPECT_NEAR(mel.AtScale(x, y, scale).item<double>(), golden[scale], 2e-4) << "scale " << scale;
  }
  EXPECT_NEAR(mel.All(x, y).item<double>(), 1.709206, 1e-3);
  EXPECT_EQ(mel.All(x, x).item<double>(), 0);
}

TEST(SiSdr, EqualsGoldenValue) {
  const auto [x, y] = Tones();
  EXPECT_NEAR(SiSdr(x, y), 9.2597, 1e-3);
  EXPECT_GT(SiSdr(x, 0.5 * x), 60);
}

TEST(MusicFeatures, ChromaOfAToneIsItsPitchClass) {
  const auto x = Sine(0.5, 440, 0, 1024 * 40).expand({1, 2, -1});
  const auto row = MusicFeatures(x, TinyModel())[0][40];
  EXPECT_EQ(row.narrow(0, 0, 12).argmax().item<int64_t>(), 9);  // A
  EXPECT_NEAR(row[9].item<double>(), 1, 1e-6);
}

TEST(MusicFeatures, OnsetIsWhereTheSoundBegins) {
  auto x = torch::zeros({1, 2, 1024 * 40});
  x.narrow(2, 1024 * 20, 1024 * 20) = 0.3 * torch::randn({1, 2, 1024 * 20});
  const auto config = TinyModel();
  const auto onset = MusicFeatures(x, config)[0].select(1, 12);
  int64_t lookahead = 0;  // row u describes sample 512·u + 128 − lookahead
  for (int level = 0; level < kLevels; ++level) {
    lookahead += 1024 / kFramesPerPacket[level] * config.encoder.levels[level].total_lookahead();
  }
  const auto expected = static_cast<double>(1024 * 20 + lookahead - 128) / 512;
  EXPECT_NEAR(static_cast<double>(onset.argmax().item<int64_t>()), expected, 1.5);
}

TEST(MusicFeatures, BrightSoundHasAHigherCentroidAndNoiseIsFlat) {
  const auto config = TinyModel();
  const auto low = MusicFeatures(Sine(0.5, 200, 0, 40960).expand({1, 2, -1}), config)[0][40];
  const auto high = MusicFeatures(Sine(0.5, 8000, 0, 40960).expand({1, 2, -1}), config)[0][40];
  const auto noise =
      MusicFeatures(0.1 * torch::randn({1, 1, 40960}).expand({1, 2, -1}), config)[0][40];
  EXPECT_NEAR(high[13].item<double>(), std::log2(8000 / 50.0) / std::log2(22050 / 50.0), 0.02);
  EXPECT_LT(low[13].item<double>(), high[13].item<double>());
  EXPECT_LT(high[15].item<double>(), 0.01);
  EXPECT_GT(noise[15].item<double>(), 0.3);
  EXPECT_EQ(MusicFeatures(torch::zeros({1, 2, 40960}), config).abs().max().item<double>(), 0);
}

TEST(CodecLoss, IsZeroOnIdenticalSignalsAndGrowsWithDistortion) {
  const auto config = TinyModel();
  const LossConfig weights = {.mel = 1,
                              .stft_log = 1,
                              .stft_linear = 1,
                              .waveform = 1,
                              .commitment = 0,
                              .decorrelation = 0,
                              .features = 0,
                              .mel_scales = 7,
                              .stft_scales = 4};
  const CodecLoss loss(weights, config);
  torch::manual_seed(1);
  const auto x = torch::stack({Sine(0.4, 330, 0, 40960), Sine(0.4, 550, 0, 40960)}).unsqueeze(0);
  const auto noise = torch::randn_like(x);
  double before = -1;
  for (const double level : {0.0, 0.001, 0.01, 0.1}) {
    CodecOutput output;
    const auto late = torch::constant_pad_nd(x, {config.delay(), 0}).narrow(2, 0, x.size(2));
    output.audio = late + level * noise;
    std::mt19937_64 random(3);
    const double total = loss.Total(loss.Terms(x, output, random)).item<double>();
    if (level == 0) {
      EXPECT_NEAR(total, 0, 1e-6);
    }
    EXPECT_GT(total, before);
    before = total;
  }
}

}  // namespace
}  // namespace motet::trainer
