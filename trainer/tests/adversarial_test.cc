// Adversarial training: the losses against their formulas, the discriminators against music and
// noise, the balancer against its promise, and the whole game on a small configuration.
#include "losses/adversarial.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "data/audio_file.h"
#include "losses/balancer.h"
#include "model/linear.h"
#include "tests/gradient_check.h"
#include "tests/small_run.h"
#include "training/adversary.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

// A piece of real music [2, n] at 44.1 kHz.
torch::Tensor Music() {
  auto reader = data::AudioReader::OpenFile(std::filesystem::path(MOTET_TEST_DATA) / "ivory.flac");
  const auto samples = reader.ReadAll();
  const auto frames = static_cast<int64_t>(samples.size()) / reader.channels();
  return torch::tensor(samples).reshape({frames, reader.channels()}).t().contiguous();
}

// `items` excerpts [items, 2, length] that begin in first…last (shares of the piece).
torch::Tensor Excerpts(const torch::Tensor& music, int64_t items, int64_t length, double first,
                       double last, std::mt19937_64& random) {
  const auto whole = static_cast<double>(music.size(1) - length);
  std::uniform_real_distribution<double> start(first * whole, last * whole);
  std::vector<torch::Tensor> excerpts;
  for (int64_t i = 0; i < items; ++i)
    excerpts.push_back(music.narrow(1, static_cast<int64_t>(start(random)), length));
  return torch::stack(excerpts);
}

// Noise with the spectrum of every item of x, and none of its order in time: random phases.
torch::Tensor NoiseLike(const torch::Tensor& x) {
  const auto spectrum = torch::fft_rfft(x);
  const auto phase = 2 * M_PI * torch::rand(spectrum.sizes(), x.options());
  return torch::fft_irfft(torch::polar(spectrum.abs(), phase), x.size(-1));
}

// The output of one discriminator with the given scores and one hidden layer.
std::vector<DiscriminatorOutput> Outputs(std::vector<float> scores, std::vector<float> hidden) {
  return {{torch::tensor(scores), {torch::tensor(hidden)}}};
}

TEST(AdversarialLosses, EqualTheirFormulas) {
  const auto x = Outputs({2, 0.5f, -1}, {1, -2, 3}), y = Outputs({-2, 0, 0.5f}, {1, -1, 1});
  const auto near = [](const torch::Tensor& value, double wanted) {
    EXPECT_NEAR(value.item<double>(), wanted, 1e-6);
  };
  // Hinge: (0 + 0.5 + 2)/3 + (0 + 1 + 1.5)/3; least squares: (1 + 0.25 + 4)/3 + (4 + 0 + 0.25)/3.
  near(DiscriminatorLoss(x, y, AdversarialKind::kHinge), 5.0 / 3);
  near(DiscriminatorLoss(x, y, AdversarialKind::kLeastSquares), 9.5 / 3);
  // Hinge: (3 + 1 + 0.5)/3; least squares: (9 + 1 + 0.25)/3.
  near(AdversarialLoss(y, AdversarialKind::kHinge), 1.5);
  near(AdversarialLoss(y, AdversarialKind::kLeastSquares), 10.25 / 3);
  // (0 + 1 + 2)/3 over (1 + 2 + 3)/3.
  near(FeatureMatchingLoss(x, y), 0.5);
  near(FeatureMatchingLoss(x, x), 0);
  EXPECT_THROW(AdversarialKindFrom("wasserstein"), std::runtime_error);
}

TEST(AdversarialLosses, GradientsEqualDifferencesInFloat64) {
  torch::manual_seed(8);
  const auto output_of = [](const torch::Tensor&
                                values) {  // scores, and a hidden layer of the rest
    return std::vector<DiscriminatorOutput>{{values.narrow(0, 0, 6), {values.narrow(0, 6, 10)}}};
  };
  const auto x = torch::randn({16}, torch::kFloat64);
  const auto y = torch::randn({16}, torch::kFloat64).set_requires_grad(true);
  const std::vector<std::function<torch::Tensor(const torch::Tensor&)>> losses = {
      [&](const auto& v) {
        return DiscriminatorLoss(output_of(x), output_of(v), AdversarialKind::kHinge);
      },
      [&](const auto& v) {
        return DiscriminatorLoss(output_of(x), output_of(v), AdversarialKind::kLeastSquares);
      },
      [&](const auto& v) { return AdversarialLoss(output_of(v), AdversarialKind::kHinge); },
      [&](const auto& v) { return AdversarialLoss(output_of(v), AdversarialKind::kLeastSquares); },
      [&](const auto& v) { return FeatureMatchingLoss(output_of(x), output_of(v)); }};
  for (size_t i = 0; i < losses.size(); ++i)
    ExpectGradientEqualsDifferences(losses[i], y, "loss " + std::to_string(i));
}

TEST(Mdct, EqualsTheDefinitionAndKeepsEnergy) {
  torch::manual_seed(1);
  const auto x = torch::randn({1, 64 * 40}, torch::kFloat64);
  const auto bins = Mdct(x, 64);
  ASSERT_EQ(bins.sizes(), torch::IntArrayRef({1, 79, 32}));
  double sum = 0;  // bin 5 of frame 3 by hand
  for (int n = 0; n < 64; ++n) {
    sum += std::sin(M_PI / 64 * (n + 0.5)) * x[0][3 * 32 + n].item<double>() *
           std::cos(M_PI / 32 * (n + 0.5 + 16) * 5.5);
  }
  EXPECT_NEAR(bins[0][3][5].item<double>(), sum * std::sqrt(2.0 / 32), 1e-9);
  // Orthonormal lapped transform: the energy of the inside is that of its coefficients.
  EXPECT_NEAR(bins.square().sum().item<double>() / x.square().sum().item<double>(), 1, 0.05);
}

TEST(NormedConv, LengthIsTheNormOfTheKernelAndSizesAreKept) {
  SetTrainingPrecision(Precision::kFloat32);
  torch::manual_seed(2);
  NormedConv conv(3, 5, std::array<int64_t, 2>{3, 5});
  const auto x = torch::randn({2, 3, 7, 16});
  const auto before = conv(x);
  EXPECT_EQ(before.sizes(), torch::IntArrayRef({2, 5, 7, 16}));
  torch::NoGradGuard no_grad;
  conv->named_parameters()["direction"].mul_(3);  // the direction alone does not matter
  EXPECT_LT((conv(x) - before).abs().max().item<float>(), 1e-5);
  conv->named_parameters()["length"].mul_(3);
  EXPECT_LT((conv(x) - 3 * before).abs().max().item<float>(), 1e-4);
}

TEST(NormedConv, GradientsAreThoseOfItsSingleOperations) {
  torch::manual_seed(3);
  NormedConv conv(4, 6, std::array<int64_t, 2>{3, 5}, std::array<int64_t, 2>{1, 2},
                  std::array<int64_t, 2>{2, 1}, 2);
  conv->to(torch::kFloat64);
  const auto parameters = conv->named_parameters();
  const auto &direction = parameters["direction"], &length = parameters["length"],
             &bias = parameters["bias"];
  {
    torch::NoGradGuard no_grad;
    bias.normal_();
    length.mul_(1.5);
  }
  const auto x = torch::randn({2, 4, 9, 12}, torch::kFloat64).set_requires_grad(true);
  const std::vector<torch::Tensor> inputs = {x, direction, length, bias};
  const auto found = conv(x);
  const auto norm = direction.square().sum({1, 2, 3}, true).sqrt();
  const auto wanted = torch::conv2d(x, direction * length / norm, bias, {1, 2}, {2, 2}, {2, 1}, 2);
  EXPECT_LT((found - wanted).abs().max().item<double>(), 1e-12);
  const auto along = torch::randn_like(wanted);
  const auto found_gradients = torch::autograd::grad({(found * along).sum()}, inputs);
  const auto wanted_gradients = torch::autograd::grad({(wanted * along).sum()}, inputs);
  for (size_t i = 0; i < inputs.size(); ++i)
    EXPECT_LT((found_gradients[i] - wanted_gradients[i]).abs().max().item<double>(), 1e-10) << i;
}

struct Kind {
  const char* name;
  DiscriminatorConfig config;
  friend std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }
};
class EveryDiscriminator : public ::testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Discriminators, EveryDiscriminator,
                         ::testing::Values(Kind{"waveform", {{2}, {}, {}, 8}},
                                           Kind{"spectrum", {{}, {512}, {}, 8}},
                                           Kind{"mdct", {{}, {}, {256}, 8}},
                                           Kind{"hybrid", {{2}, {512}, {256}, 8}}),
                         [](const auto& info) { return info.param.name; });

TEST_P(EveryDiscriminator, LearnsToTellMusicFromNoiseIn120Steps) {
  // The noise has the spectrum of the very excerpt, and the excerpts of the exam are from a part of
  // the piece that the discriminator never heard.
  SetTrainingPrecision(Precision::kFloat32);
  torch::manual_seed(3);
  AdversarialConfig config;
  config.learning_rate = 1e-3;
  config.beta1 = 0.8;
  config.beta2 = 0.99;
  config.clip = 10;
  config.discriminators = GetParam().config;
  Adversary adversary(config, torch::kCPU, /*one_pass=*/false);
  const auto music = Music();
  std::mt19937_64 random(4);
  LossWeights none = {{"adversarial", 0}, {"feature_matching", 0}};
  double first = 0, last = 0;
  for (int step = 0; step < 120; ++step) {
    const auto x = Excerpts(music, 3, 4096, 0, 0.6, random);
    adversary.ZeroGradient();
    torch::Tensor own_loss;
    adversary.Terms(x, NoiseLike(x), none, true, 1, own_loss);
    const double loss = own_loss.item<double>();
    adversary.ClipGradient(adversary.GradientNorm(1).item<double>());
    adversary.Step(step);
    (step < 10 ? first : last) = step < 10 ? first + loss / 10 : 0.9 * last + 0.1 * loss;
  }
  EXPECT_LT(last, 0.75 * first);
  // Of a piece of music and its noise, the music is taken for the original.
  const auto x = Excerpts(music, 32, 4096, 0.7, 1, random), noise = NoiseLike(x);
  const LossWeights weights = {{"adversarial", 1}, {"feature_matching", 0}};
  torch::NoGradGuard no_grad;
  const auto loss = [&](const torch::Tensor& items, int64_t i) {
    torch::Tensor unused;
    const auto item = items.narrow(0, i, 1);
    return adversary.Terms(item, item, weights, false, 1, unused).at("adversarial").item<double>();
  };
  int64_t right = 0;
  for (int64_t i = 0; i < 32; ++i) right += loss(x, i) < loss(noise, i);
  EXPECT_GE(right, 29);
}

TEST_P(EveryDiscriminator, SeesBothSoundsInOnePassAsInTwo) {
  SetTrainingPrecision(Precision::kFloat32);
  AdversarialConfig config;
  config.learning_rate = 1e-3;
  config.discriminators = GetParam().config;
  torch::manual_seed(6);
  const auto x = 0.1 * torch::randn({3, 2, 4096});
  const auto y = (x + 0.05 * torch::randn_like(x)).set_requires_grad(true);
  const LossWeights weights = {{"adversarial", 1}, {"feature_matching", 1}};
  const auto run = [&](bool one_pass, bool learn) {
    torch::manual_seed(7);
    Adversary adversary(config, torch::kCPU, one_pass);
    torch::Tensor own_loss = torch::zeros({});
    const auto terms = adversary.Terms(x, y, weights, learn, 2, own_loss);
    const auto gradient = torch::autograd::grad({WeightedSum(terms, weights)}, {y})[0];
    return torch::cat({own_loss.view(1), terms.at("adversarial").detach().view(1),
                       terms.at("feature_matching").detach().view(1), 1e3 * gradient.flatten(),
                       adversary.parameters().gradients().clone()});
  };
  for (const bool learn : {true, false}) {
    const auto one = run(true, learn), two = run(false, learn);
    EXPECT_LT(((one - two).norm() / two.norm()).item<double>(), 1e-4);
    EXPECT_GT(two.norm().item<double>(), 0);
  }
}

TEST_P(EveryDiscriminator, GradientReachesTheSignalAndEveryWeight) {
  SetTrainingPrecision(Precision::kFloat32);
  torch::manual_seed(5);
  Discriminators discriminators(GetParam().config);
  const auto x = torch::randn({2, 2, 8192}) * 0.1;
  const auto y = (x + 0.1 * torch::randn_like(x)).set_requires_grad(true);
  const auto of_x = discriminators(x), of_y = discriminators(y);
  (DiscriminatorLoss(of_x, of_y, AdversarialKind::kLeastSquares) + FeatureMatchingLoss(of_x, of_y))
      .backward();
  EXPECT_GT(y.grad().abs().sum().item<float>(), 0);
  for (const auto& item : discriminators->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().sum().item<float>(), 0) << item.key();
  }
}

TEST(Balancer, SharesOfTheGradientAreTheWeightsWhateverTheScaleOfTheLosses) {
  // Two losses with orthogonal gradients; one is a thousand times as steep.
  const auto decoded = torch::ones({2}, torch::kFloat64).set_requires_grad(true);
  const LossTerms terms = {{"mel", decoded[0] * 1000}, {"waveform", decoded[1]}};
  const LossWeights weights = {{"mel", 0.25}, {"waveform", 0.75}};
  Balancer balancer(0.9);
  const auto gradient = balancer.Gradient(terms, weights, decoded, 1);
  EXPECT_NEAR(gradient[0].item<double>(), 0.25, 1e-9);
  EXPECT_NEAR(gradient[1].item<double>(), 0.75, 1e-9);
  // The loss scale multiplies the result and leaves the norms alone.
  const auto scaled = balancer.Gradient(terms, weights, decoded, 1024);
  EXPECT_NEAR(scaled[1].item<double>(), 1024 * 0.75, 1e-6);
  EXPECT_NEAR(balancer.Norms().at("mel"), 1000, 1e-6);
}

TEST(Balancer, AverageOfNormsIsUnbiasedAndItsStateIsComplete) {
  const auto decoded = torch::ones({1}, torch::kFloat64).set_requires_grad(true);
  const LossWeights weights = {{"mel", 1}};
  Balancer balancer(0.5);
  for (const double slope : {1.0, 4.0})
    balancer.Gradient({{"mel", decoded[0] * slope}}, weights, decoded, 1);
  // (0.25 · 1 + 0.5 · 4) / (0.25 + 0.5)
  EXPECT_NEAR(balancer.Norms().at("mel"), 3, 1e-12);
  Balancer other(0.5);
  other.Restore(nlohmann::json::parse(balancer.State().dump()));
  const LossTerms next = {{"mel", decoded[0] * 7}};
  EXPECT_TRUE(torch::equal(balancer.Gradient(next, weights, decoded, 1),
                           other.Gradient(next, weights, decoded, 1)));
}

TEST(Balancer, GradientThatIsNotFiniteIsNotRemembered) {
  const auto decoded = torch::ones({1}, torch::kFloat64).set_requires_grad(true);
  Balancer balancer(0.5);
  const LossTerms bad = {{"mel", decoded[0] * std::nan("")}};
  EXPECT_TRUE(balancer.Gradient(bad, {{"mel", 1}}, decoded, 1).isnan().all().item<bool>());
  EXPECT_TRUE(balancer.Norms().empty());
}

nlohmann::json AdversarialJson() {
  auto json = SmallRunJson();
  json["losses"]["adversarial"] = 0.5;
  json["losses"]["feature_matching"] = 1.0;
  json["adversarial"]["waveform_factors"] = {4};
  json["adversarial"]["spectrum_windows"] = {512};
  json["adversarial"]["mdct_windows"] = {256};
  json["adversarial"]["width"] = 4;
  return json;
}

TEST(AdversarialTraining, RunsFor250StepsAndLowersValidationMel) {
  constexpr int64_t kSteps = 250;
  auto json = AdversarialJson();
  json["adversarial"]["start_step"] = 50;
  json["training"]["steps"] = kSteps;
  Trainer trainer(ParseConfiguration(json));
  const auto music = Music();
  std::mt19937_64 random(6);
  const auto clips = Excerpts(music, 2, 1024 * 40, 0.75, 1, random);
  const double before = [&] {
    trainer.TrainStep(Excerpts(music, 2, 1024 * 10, 0, 0.7, random));
    return trainer.ValidateAverage(clips, {6}).mel.at(6);
  }();
  double discriminator = 0;
  int64_t updates = 0;
  while (trainer.step() < kSteps) {
    const int64_t step = trainer.step();
    const auto report = trainer.TrainStep(Excerpts(music, 2, 1024 * 10, 0, 0.7, random));
    for (const auto& [name, value] : report)
      ASSERT_TRUE(std::isfinite(value)) << name << " in step " << step;
    EXPECT_EQ(report.count("adversarial"), step >= 50 ? 1 : 0);
    if (report.count("discriminator") == 0) continue;
    ++updates;
    discriminator = 0.95 * discriminator + 0.05 * report.at("discriminator");
  }
  EXPECT_EQ(trainer.skipped_steps(), 0);
  EXPECT_NEAR(static_cast<double>(updates), 100, 30);  // half of the steps from 50 on
  EXPECT_LT(trainer.ValidateAverage(clips, {6}).mel.at(6), 0.8 * before);
  EXPECT_LT(discriminator, 2);  // a discriminator that knows nothing has a hinge loss of 2
}

TEST(AdversarialTraining, ListWithoutDiscriminatorsAndMisfitsAreNamed) {
  auto json = AdversarialJson();
  for (const char* key : {"waveform_factors", "spectrum_windows", "mdct_windows"})
    json["adversarial"][key] = nlohmann::json::array();
  EXPECT_NE(ErrorOf([&] { ParseConfiguration(json); }).find("lists no discriminator"),
            std::string::npos);
  json["adversarial"]["mdct_windows"] = {255};
  EXPECT_NE(ErrorOf([&] { ParseConfiguration(json); }).find("'adversarial.mdct_windows'"),
            std::string::npos);
}

TEST(AdversarialTraining, MayBeginInTheMiddleOfARun) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "before-gan.ckpt";
  Trainer plain(ParseConfiguration(SmallRunJson()));
  plain.TrainStep(SmallBatch(0));
  plain.Checkpoint(path);
  Trainer trainer(ParseConfiguration(AdversarialJson()));
  trainer.Resume(path);
  EXPECT_EQ(trainer.step(), 1);
  EXPECT_EQ(trainer.TrainStep(SmallBatch(1)).count("adversarial"), 1);
  // Discriminators of another shape than the checkpoint's are an error that names the tensor.
  trainer.Checkpoint(path);
  auto json = AdversarialJson();
  json["adversarial"]["width"] = 8;
  const auto message = ErrorOf([&] { Trainer(ParseConfiguration(json)).Resume(path); });
  EXPECT_NE(message.find("discriminator.model.waveform_4.0.direction"), std::string::npos)
      << message;
}

}  // namespace
}  // namespace motet::trainer
