// The losses and metrics against independent values, their gradients against differences, and how
// they grow with distortion. The golden values were computed in float64 with NumPy and SciPy from
// the definitions in the headers, on the `TwoSounds` below: scipy.signal.get_window('hann')
// over frames of a quarter window of the signal padded with numpy.pad(mode='reflect'),
// scipy.fft.rfft, Slaney's mel filters built edge by edge, scipy.fft.dct(type=2, norm='ortho'),
// scipy.signal.correlate for the autocorrelation, numpy.sort for the contrast.
#include "losses/losses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evaluation/validation.h"
#include "losses/distance.h"
#include "losses/music_features.h"
#include "losses/music_losses.h"
#include "tests/gradient_check.h"
#include "tests/tiny_model.h"

namespace motet::trainer {
namespace {

torch::Tensor Sine(double amplitude, double hertz, double phase = 0, int64_t samples = 8192) {
  return (amplitude *
          torch::sin(2 * M_PI * hertz * torch::arange(samples, torch::kFloat64) / 44100 + phase))
      .to(torch::kFloat32);
}

std::pair<torch::Tensor, torch::Tensor> TwoSounds() {
  return {torch::stack({Sine(0.5, 440) + Sine(0.1, 5000), Sine(0.3, 660)}),
          torch::stack({Sine(0.4, 440, 0.3), Sine(0.3, 660) + Sine(0.05, 9000)})};
}

TEST(MelDistance, EqualsGoldenValuesAtEveryScale) {
  const auto [x, y] = TwoSounds();
  const MelDistance mel(44100);
  SpectrumPair spectra(x, y);
  const std::vector<double> golden = {0.345985, 0.368573, 0.300217, 0.211442,
                                      0.163611, 0.148355, 0.171024};
  for (size_t scale = 0; scale < golden.size(); ++scale) {
    EXPECT_NEAR(mel.AtScale(spectra, scale).item<double>(), golden[scale], 2e-4)
        << "scale " << scale;
  }
  EXPECT_NEAR(mel.All(x, y).item<double>(), 1.709206, 1e-3);
  EXPECT_EQ(mel.All(x, x).item<double>(), 0);
}

TEST(SiSdr, EqualsGoldenValue) {
  const auto [x, y] = TwoSounds();
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

std::pair<torch::Tensor, torch::Tensor> DoubleTones() {
  const auto sine = [](double amplitude, double hertz, double phase = 0) {
    return amplitude *
           torch::sin(2 * M_PI * hertz * torch::arange(8192, torch::kFloat64) / 44100 + phase);
  };
  return {torch::stack({sine(0.5, 440) + sine(0.1, 5000), sine(0.3, 660)}),
          torch::stack({sine(0.4, 440, 0.3), sine(0.3, 660) + sine(0.05, 9000)})};
}

TEST(CompandedDistance, EqualsTheGoldenValueAndHearsPhases) {
  const auto [x, y] = DoubleTones();
  EXPECT_NEAR(CompandedDistance(x, y).item<double>(), 0.4730363306, 1e-5);  // by NumPy
  EXPECT_EQ(CompandedDistance(x, x).item<double>(), 0);
  // Equal magnitudes, opposite phases: twice the spectrum away.
  EXPECT_NEAR(CompandedDistance(x, -x).item<double>(), 2, 0.01);
}

TEST(LevelDistance, EqualsTheGoldenValueAndSaysWhatIsLost) {
  const auto [x, y] = DoubleTones();
  SpectrumPair spectra(x, y);
  EXPECT_NEAR(LevelDistance(spectra).item<double>(), 0.7588978533, 1e-5);  // by NumPy
  // Half as loud: 0.6 bels in every octave that is above the floor.
  torch::manual_seed(1);
  const auto noise = torch::randn({2, 44100}) * 0.1;
  SpectrumPair softer(noise, noise / 2);
  EXPECT_NEAR(LevelDistance(softer).item<double>(), std::log10(4), 0.01);
  // An attack of which nothing comes back, and one that comes back half as loud.
  auto click = torch::zeros({1, 44100});
  click[0][20000] = 1;
  SpectrumPair lost(click, torch::zeros_like(click)), half(click, click / 2);
  EXPECT_GT(LevelDistance(lost).item<double>(), 2 * LevelDistance(half).item<double>());
  EXPECT_GT(LevelDistance(half).item<double>(), 0);
}

TEST(DetailDistance, EqualsTheGoldenValueAndAsksForPlacesNotForLevels) {
  const auto [x, y] = DoubleTones();
  SpectrumPair spectra(x, y);
  EXPECT_NEAR(DetailDistance(spectra, 44100).item<double>(), 0.0172343337, 1e-5);  // by NumPy
  torch::manual_seed(1);
  const auto noise = torch::randn({2, 44100}) * 0.1;
  SpectrumPair softer(noise, noise / 2), other(noise, torch::randn({2, 44100}) * 0.1);
  // Softer, some bins of the noise fall below the floor.
  EXPECT_LT(DetailDistance(softer, 44100).item<double>(), 0.005);
  EXPECT_GT(DetailDistance(other, 44100).item<double>(), 0.1);
}

TEST(StftDistance, EqualsGoldenValuesAtEveryWindow) {
  const auto [x, y] = DoubleTones();
  SpectrumPair spectra(x, y);
  struct Golden {
    int64_t window;
    double log, linear, weighted_log, weighted_linear;
  };
  for (const Golden& golden : {Golden{2048, 0.306652699, 0.296155158, 0.360930809, 0.331942679},
                               Golden{1024, 0.277850181, 0.285519182, 0.349631947, 0.322003255},
                               Golden{512, 0.432442352, 0.282062462, 0.535844643, 0.319568378},
                               Golden{256, 0.450399936, 0.279356593, 0.530122213, 0.317868187}}) {
    const auto plain = StftDistance::Of(spectra.At(golden.window), {});
    const auto weighted =
        StftDistance::Of(spectra.At(golden.window), AWeighting(44100, golden.window));
    EXPECT_NEAR(plain.log.item<double>(), golden.log, 1e-5) << golden.window;
    EXPECT_NEAR(plain.linear.item<double>(), golden.linear, 1e-6) << golden.window;
    EXPECT_NEAR(weighted.log.item<double>(), golden.weighted_log, 1e-5) << golden.window;
    EXPECT_NEAR(weighted.linear.item<double>(), golden.weighted_linear, 1e-6) << golden.window;
  }
}

TEST(AWeighting, FollowsTheTableOfTheStandard) {
  // IEC 61672-1, table 3: −19.1 dB at 100 Hz, 0 at 1 kHz, +1.0 at 4 kHz, −2.5 at 10 kHz.
  const auto gain = AWeighting(48000, 4800);  // bins of 10 Hz
  const auto decibel = [&](int64_t hertz) {
    return 20 * std::log10(gain[hertz / 10].item<double>());
  };
  EXPECT_NEAR(decibel(100), -19.1, 0.06);
  EXPECT_NEAR(decibel(1000), 0, 1e-4);
  EXPECT_NEAR(decibel(4000), 1.0, 0.06);
  EXPECT_NEAR(decibel(10000), -2.5, 0.06);
}

TEST(CepstralDistance, EqualsGoldenValue) {
  const auto [x, y] = DoubleTones();
  SpectrumPair spectra(x, y);
  EXPECT_NEAR(CepstralDistance(44100).Of(spectra).item<double>(), 0.859192645, 1e-4);
}

TEST(MusicLosses, EqualGoldenValues) {
  const auto [x, y] = DoubleTones();
  SpectrumPair spectra(x, y);
  EXPECT_NEAR(HarmonicLoss(spectra, 44100).item<double>(), 0.097655497, 1e-6);
  EXPECT_NEAR(TimbralLoss(spectra, 44100).item<double>(), 0.201111383, 2e-5);
  // The same tones, beaten in steps of 1100 and of 1400 samples.
  const auto n = torch::arange(8192, torch::kInt64);
  const auto beat = [&](int64_t shift, int64_t period) {
    return 0.1 + 0.9 * ((n + shift).div(period, "floor").remainder(2) == 0).to(torch::kFloat64);
  };
  SpectrumPair beaten(x * beat(0, 1100), x * beat(200, 1400));
  EXPECT_NEAR(RhythmicLoss(beaten).item<double>(), 1.483973951, 1e-6);
}

TEST(MusicLosses, EachHearsItsOwnChangeBest) {
  // A semitone moves chroma and not the beat; another beat moves rhythm and not the notes; a filter
  // moves timbre.
  const auto t = torch::arange(44100, torch::kFloat64) / 44100;
  const auto note = [&](double hertz) {
    auto sum = torch::zeros_like(t);
    for (int partial = 1; partial <= 8; ++partial)
      sum = sum + torch::sin(2 * M_PI * hertz * partial * t) / partial;
    return 0.2 * sum;
  };
  const auto beat = [&](double hertz) {
    return torch::exp(-4 * (t * hertz - torch::floor(t * hertz)));
  };
  torch::manual_seed(2);
  const auto hiss = 1e-3 * torch::randn_like(t);
  const auto signal = [&](double pitch, double rate) {
    return (note(pitch) * beat(rate) + hiss).unsqueeze(0);
  };
  const auto x = signal(440, 5);
  struct Values {
    double harmonic, rhythmic, timbral;
  };
  const auto values = [&](const torch::Tensor& y) {
    SpectrumPair spectra(x, y);
    return Values{HarmonicLoss(spectra, 44100).item<double>(), RhythmicLoss(spectra).item<double>(),
                  TimbralLoss(spectra, 44100).item<double>()};
  };
  const Values semitone = values(signal(440 * std::exp2(1 / 12.0), 5));
  const Values faster = values(signal(440, 7));
  const auto mean = torch::full({1, 1, 8}, 0.125, torch::kFloat64);
  const Values dull =
      values(torch::conv1d(x.unsqueeze(1), mean, {}, 1, 4).squeeze(1).narrow(1, 0, 44100));
  const auto report = [](const Values& v) {
    return ::testing::PrintToString(std::vector<double>{v.harmonic, v.rhythmic, v.timbral});
  };
  SCOPED_TRACE(report(semitone) + report(faster) + report(dull));
  EXPECT_GT(semitone.harmonic, 2 * dull.harmonic);
  EXPECT_GT(faster.rhythmic, 3 * semitone.rhythmic);
  EXPECT_GT(faster.rhythmic, 3 * dull.rhythmic);
  EXPECT_GT(dull.timbral, 1.5 * semitone.timbral);
}

// All weights zero but for one term.
LossConfig Only(const std::string& name, double weight = 1) {
  LossConfig config;
  for (const auto& known : LossNames()) config.weights[known] = 0;
  config.weights[name] = weight;
  config.mel_scales = 7;
  config.stft_scales = 4;
  return config;
}

// Terms that compare a decoded signal with its original.
const std::vector<std::string>& SignalLosses() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result = LossNames();
    // What needs discriminators, and what compares codes.
    for (const char* other :
         {"adversarial", "feature_matching", "features", "commitment", "codebook", "decorrelation"})
      std::erase(result, other);
    return result;
  }();
  return names;
}

double SignalLoss(const std::string& name, const torch::Tensor& x, const torch::Tensor& y) {
  const auto config = Only(name);
  std::mt19937_64 random(3);
  const CodecLoss loss(config, TinyModel());
  const auto weights = config.WeightsAt(0);
  return loss.SignalTerms(x, y, weights, loss.Choose(weights, random)).at(name).item<double>();
}

class EverySignalLoss : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Losses, EverySignalLoss, ::testing::ValuesIn(SignalLosses()),
                         [](const auto& info) { return info.param; });

TEST_P(EverySignalLoss, IsZeroOnIdenticalSignalsAndGrowsWithNoise) {
  torch::manual_seed(1);
  const auto t = torch::arange(40960, torch::kFloat64) / 44100;
  const auto tone = [&](double hertz) {
    return 0.4 * torch::sin(2 * M_PI * hertz * t) * torch::sin(2 * M_PI * 3 * t).square();
  };
  const auto x = torch::stack({tone(330), tone(550)}).unsqueeze(0);
  const auto noise = torch::randn_like(x);
  double before = -1;
  for (const double level : {0.0, 0.001, 0.01, 0.1}) {
    const double value = SignalLoss(GetParam(), x, x + level * noise);
    if (level == 0) {
      EXPECT_NEAR(value, 0, 1e-6);
    }
    EXPECT_GT(value, before) << "noise " << level;
    before = value;
  }
}

TEST_P(EverySignalLoss, GradientEqualsDifferencesInFloat64) {
  torch::manual_seed(4);
  const auto x = 0.3 * torch::randn({1, 2, 6144}, torch::kFloat64);
  const auto y = (x + 0.1 * torch::randn_like(x)).set_requires_grad(true);
  const auto config = Only(GetParam());
  const CodecLoss loss(config, TinyModel());
  const auto value = [&](const torch::Tensor& decoded) {
    std::mt19937_64 random(3);
    const auto weights = config.WeightsAt(0);
    return loss.SignalTerms(x, decoded, weights, loss.Choose(weights, random)).at(GetParam());
  };
  ExpectGradientEqualsDifferences(value, y, GetParam());
}

TEST(CodeLosses, AreZeroOnEntriesAndTheirGradientsEqualDifferencesInFloat64) {
  torch::manual_seed(9);
  Quantizer quantizer(OneCodebookModel());
  quantizer->to(torch::kFloat64);
  quantizer->eval();
  const auto entries = quantizer->at(0)->LearnEntries();
  const auto r = torch::randn({2, 20, TinyModel().quantizer.latent}, torch::kFloat64);
  const auto input = r.clone().set_requires_grad(true);
  ExpectGradientEqualsDifferences(
      [&](const auto& v) { return LossesOf({quantizer(v)}).commitment; }, input, "commitment");
  ExpectGradientEqualsDifferences(
      [&](const auto& v) { return LossesOf({quantizer(v)}).decorrelation; }, input,
      "decorrelation");
  // The gradient of the codebook loss: each chosen entry is drawn to the mean of what chose it.
  const auto result = quantizer(r);
  const auto gradient = torch::autograd::grad({result.codebooks.sum()}, {entries})[0];
  const auto nudged = entries.detach() - gradient * (0.1 * static_cast<double>(r.size(0) * 20));
  torch::NoGradGuard no_grad;
  const double before = result.codebooks.item<double>();
  entries.copy_(nudged);
  EXPECT_LT(quantizer(r).codebooks.item<double>(), before);
  // What lies on entries has no distance to them.
  quantizer->named_parameters()["0.input.weight"].zero_();
  quantizer->named_parameters()["0.input.bias"].copy_(
      entries[3] * torch::sqrt(quantizer->named_buffers()["0.norm.var"] + 1e-5) +
      quantizer->named_buffers()["0.norm.mean"]);
  EXPECT_NEAR(LossesOf({quantizer(r)}).commitment.item<double>(), 0, 1e-12);
  EXPECT_NEAR(quantizer(r).codebooks.item<double>(), 0, 1e-12);
}

TEST(CodeLosses, GradientsOfAQuantizerInTrainingAreThoseOfItsSingleOperations) {
  torch::manual_seed(10);
  const auto config = TinyModel();
  Quantizer quantizer(config);
  quantizer->to(torch::kFloat64);
  const int64_t latent = config.quantizer.latent, codebooks = config.quantizer.per_level;
  const auto z = torch::randn({2, 20, latent}, torch::kFloat64).set_requires_grad(true);
  const auto along = torch::randn({2, 2, 20, latent}, torch::kFloat64);
  const auto given = (torch::rand({codebooks, 2, 4}) < 0.6).to(torch::kFloat64);
  for (const bool frozen : {false, true}) {
    quantizer(z);  // places the entries
    quantizer->FreezeNorm(frozen);
    const auto parameters = quantizer->named_parameters();
    const auto buffers = quantizer->named_buffers();
    std::vector<torch::Tensor> inputs = quantizer->parameters();
    inputs.push_back(z);
    const auto quantized = quantizer(z, given);
    const auto losses = LossesOf({quantized});
    const auto loss = [&](const torch::Tensor& output, const torch::Tensor& context,
                          const torch::Tensor& commitment, const torch::Tensor& decorrelation) {
      return (output * along[0] + context * along[1]).sum() + 3 * commitment + 5 * decorrelation;
    };
    const auto found = torch::autograd::grad(
        {loss(quantized.output, quantized.context, losses.commitment, losses.decorrelation)},
        inputs);

    auto rest = z;
    auto output = torch::zeros_like(z), context = torch::zeros_like(z);
    auto commitment = torch::zeros({}, torch::kFloat64), decorrelation = commitment;
    for (int64_t i = 0; i < codebooks; ++i) {
      const auto name = std::to_string(i) + ".";
      const auto projected = torch::matmul(rest, parameters[name + "input.weight"].t()) +
                             parameters[name + "input.bias"];
      const auto mean =
          frozen ? buffers[name + "norm.mean"] : projected.mean(torch::IntArrayRef{0, 1});
      const auto var = frozen ? buffers[name + "norm.var"]
                              : (projected - mean).square().mean(torch::IntArrayRef{0, 1});
      const auto e = (projected - mean) * torch::rsqrt(var + 1e-5);
      const auto chosen = buffers[name + "codebook"]
                              .index_select(0, quantized.codes[i].flatten())
                              .reshape(e.sizes());
      const auto own =
          torch::matmul(e + (chosen - e).detach(), parameters[name + "output.weight"].t());
      output = output + own * given[i].repeat({1, 5}).unsqueeze(2);
      if (i < config.quantizer.context) context = context + own;
      rest = rest - own.detach();
      const auto share = 1 / static_cast<double>(codebooks);
      commitment = commitment + share * torch::mse_loss(e, chosen);
      const auto flat = e.reshape({-1, e.size(2)});
      const auto centred = flat - flat.mean(0);
      const auto covariance = torch::matmul(centred.t(), centred) / static_cast<double>(40);
      const auto unit = torch::rsqrt(covariance.diagonal() + 1e-12);
      const auto squares = (covariance * unit.unsqueeze(0) * unit.unsqueeze(1)).square();
      const auto dim = static_cast<double>(e.size(2));
      decorrelation =
          decorrelation + share * (squares.sum() - squares.diagonal().sum()) / (dim * (dim - 1));
    }
    EXPECT_LT((output - quantized.output).abs().max().item<double>(), 1e-12);
    EXPECT_LT((context - quantized.context).abs().max().item<double>(), 1e-12);
    EXPECT_NEAR(commitment.item<double>(), losses.commitment.item<double>(), 1e-12);
    EXPECT_NEAR(decorrelation.item<double>(), losses.decorrelation.item<double>(), 1e-9);
    const auto wanted =
        torch::autograd::grad({loss(output, context, commitment, decorrelation)}, inputs);
    for (size_t i = 0; i < inputs.size(); ++i)
      EXPECT_LT((found[i] - wanted[i]).abs().max().item<double>(), 1e-9) << i << " " << frozen;
    EXPECT_GT(wanted.back().abs().max().item<double>(), 1e-2);
  }
}

// Values and gradients at the inputs, in float64.
void ExpectSame(const torch::Tensor& found, const torch::Tensor& wanted,
                const std::vector<torch::Tensor>& inputs, const std::string& what) {
  EXPECT_NEAR(found.item<double>(), wanted.item<double>(), 1e-12) << what;
  const auto found_gradients = torch::autograd::grad({3 * found}, inputs);
  const auto wanted_gradients = torch::autograd::grad({3 * wanted}, inputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_GT(wanted_gradients[i].abs().max().item<double>(), 1e-6) << what << " " << i;
    EXPECT_LT((found_gradients[i] - wanted_gradients[i]).abs().max().item<double>(), 1e-12)
        << what << " " << i;
  }
}

TEST(Distances, GradientsAreThoseOfTheirSingleOperations) {
  torch::manual_seed(11);
  const auto random = [](torch::IntArrayRef shape) {
    return torch::randn(shape, torch::kFloat64).set_requires_grad(true);
  };
  const auto a = random({3, 5}), b = random({2, 4, 6});
  const auto x = torch::randn({3, 5}, torch::kFloat64),
             y = torch::randn({2, 4, 6}, torch::kFloat64);
  ExpectSame(MeanDistance(a, x), torch::l1_loss(a, x), {a}, "distance");
  ExpectSame(MeanRelativeDistance({a, b}, {x, y}, 0.1),
             (torch::l1_loss(a, x) / (x.abs().mean() + 0.1) +
              torch::l1_loss(b, y) / (y.abs().mean() + 0.1)) /
                 2,
             {a, b}, "relative distance");
  ExpectSame(SumOf({a.sum(), b.square().sum()}, {0.25, -2}), 0.25 * a.sum() - 2 * b.square().sum(),
             {a, b}, "sum");
  const auto weights = torch::randn({3, 5}, torch::kFloat64);
  ExpectSame((FlooredLog(a.square(), 0.3) * weights).sum(),
             (torch::log10(torch::clamp_min(a.square(), 0.3)) * weights).sum(), {a}, "logarithm");
}

TEST(CodeLosses, FeatureLossIsZeroOnTheFeaturesOfTheSound) {
  const auto config = Only("features");
  const CodecLoss loss(config, TinyModel());
  torch::manual_seed(10);
  const auto x = 0.1 * torch::randn({1, 2, 1024 * 24});
  CodecOutput output;
  output.features = MusicFeatures(x, TinyModel());
  EXPECT_EQ(loss.CodeTerms(x, output, config.WeightsAt(0)).at("features").item<double>(), 0);
  output.features = output.features + 0.1;
  EXPECT_NEAR(loss.CodeTerms(x, output, config.WeightsAt(0)).at("features").item<double>(), 0.01,
              1e-6);
}

TEST(CodeLosses, GradientOfTheFeatureLossEqualsDifferencesInFloat64) {
  const auto config = Only("features");
  const CodecLoss loss(config, TinyModel());
  torch::manual_seed(11);
  const auto x = 0.1 * torch::randn({1, 2, 1024 * 24}, torch::kFloat64);
  const auto at = torch::rand_like(MusicFeatures(x, TinyModel())).set_requires_grad(true);
  ASSERT_EQ(at.scalar_type(), torch::kFloat64);
  ExpectGradientEqualsDifferences(
      [&](const auto& predicted) {
        CodecOutput output;
        output.features = predicted;
        return loss.CodeTerms(x, output, config.WeightsAt(0)).at("features");
      },
      at, "features");
}

TEST(CodecLoss, TermOfWeightZeroIsNotComputedAndEveryTermHasAWeight) {
  const auto config = Only("mel", 0.5);
  const CodecLoss loss(config, TinyModel());
  const auto x = torch::randn({1, 2, 8192});
  std::mt19937_64 random(3);
  const auto weights = config.WeightsAt(0);
  const auto terms = loss.SignalTerms(x, 0.9 * x, weights, loss.Choose(weights, random));
  ASSERT_EQ(terms.size(), 1);
  EXPECT_NEAR(WeightedSum(terms, config.WeightsAt(0)).item<double>(),
              0.5 * terms.at("mel").item<double>(), 1e-6);
}

TEST(CodecLoss, AllChannelsAreLeftRightMidAndSide) {
  // The STFT distance of four channels is the mean over left/right and mid/side.
  torch::manual_seed(5);
  const auto x = torch::randn({2, 2, 8192}, torch::kFloat64), y = x + 0.2 * torch::randn_like(x);
  auto config = Only("stft_log");
  const auto value = [&] {
    std::mt19937_64 random(3);
    const CodecLoss loss(config, TinyModel());
    const auto weights = config.WeightsAt(0);
    return loss.SignalTerms(x, y, weights, loss.Choose(weights, random))
        .at("stft_log")
        .item<double>();
  };
  const double left_right = value();
  config.mid_side_share = 1;
  const double mid_side = value();
  config.all_channels = true;
  EXPECT_NE(left_right, mid_side);
  EXPECT_NEAR(value(), (left_right + mid_side) / 2, 1e-9);
}

TEST(CodecLoss, PerceptualWeightingHearsWhereTheEarHears) {
  // The same error in the bass and at 3 kHz.
  const auto t = torch::arange(16384, torch::kFloat64) / 44100;
  torch::manual_seed(6);
  const auto x = (0.1 * torch::randn({1, 2, 16384}, torch::kFloat64));
  const auto with = [&](double hertz, bool weighted) {
    auto config = Only("stft_linear");
    config.perceptual_weighting = weighted;
    std::mt19937_64 random(3);
    const auto y = x + 0.1 * torch::sin(2 * M_PI * hertz * t);
    const CodecLoss loss(config, TinyModel());
    const auto weights = config.WeightsAt(0);
    return loss.SignalTerms(x, y, weights, loss.Choose(weights, random))
        .at("stft_linear")
        .item<double>();
  };
  EXPECT_LT(with(60, true), 0.3 * with(60, false));
  EXPECT_GT(with(3000, true), with(3000, false));
}

}  // namespace
}  // namespace motet::trainer
