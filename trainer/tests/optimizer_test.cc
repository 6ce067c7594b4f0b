// What turns gradients into steps.
#include "training/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/codec.h"
#include "model/linear.h"
#include "tests/small_run.h"
#include "training/adamw.h"
#include "training/gradient.h"

namespace motet::trainer {
namespace {

// The orthonormal factor of the polar decomposition, from the singular value decomposition.
torch::Tensor PolarFactor(const torch::Tensor& m) {
  const auto [u, values, v] = torch::linalg_svd(m, /*full_matrices=*/false);
  return torch::matmul(u, v);
}

TEST(Optimizer, OrthogonalisedMatrixHasSingularValuesNearOneAndKeepsItsDirections) {
  torch::manual_seed(3);
  for (const auto& shape : {std::vector<int64_t>{48, 48}, {96, 32}, {32, 96}}) {
    // Singular values over two decades, as gradients have them.
    const auto m =
        torch::matmul(torch::randn({shape[0], shape[0]}),
                      torch::logspace(0, -2, shape[0]).unsqueeze(1) * torch::randn(shape));
    const auto found = Orthogonalise(m, torch::kFloat32);
    ASSERT_EQ(found.sizes(), m.sizes());
    const auto values = torch::linalg_svdvals(found);
    const double side = static_cast<double>(std::min(shape[0], shape[1]));
    EXPECT_LT(values.max().item<double>(), 1.3);
    EXPECT_GT(values.mean().item<double>(), 0.6);
    // 1 where both are the same.
    const auto polar = PolarFactor(m);
    EXPECT_GT(
        (found * polar).sum().item<double>() / (found.norm().item<double>() * std::sqrt(side)),
        0.9);
    const auto rough = Orthogonalise(m, torch::kBFloat16);
    EXPECT_LT((rough - found).norm().item<double>(), 0.25 * found.norm().item<double>());
  }
  EXPECT_EQ(Orthogonalise(torch::zeros({32, 32}), torch::kFloat32).abs().max().item<double>(), 0);
}

TEST(Optimizer, MatricesOfOneShapeAreOrthogonalisedTogetherAsOneByOne) {
  torch::manual_seed(9);
  for (const auto& shape : {std::vector<int64_t>{3, 32, 96}, {3, 96, 32}}) {
    const auto matrices = torch::randn(shape);
    const auto together = Orthogonalise(matrices, torch::kFloat32);
    for (int64_t i = 0; i < shape[0]; ++i) {
      const auto alone = Orthogonalise(matrices[i], torch::kFloat32);
      EXPECT_LT((together[i] - alone).abs().max().item<double>(), 1e-4);
    }
  }
}

TEST(AdamW, StepsAsLibTorchDoes) {
  const auto weights = [] {
    torch::manual_seed(3);
    return std::vector<torch::Tensor>{torch::randn({5, 7}, torch::requires_grad()),
                                      torch::randn({7}, torch::requires_grad()),
                                      torch::randn({2}, torch::requires_grad())};
  };
  auto ours = weights(), theirs = weights();
  const auto options = torch::optim::AdamWOptions(3e-3).betas({0.8, 0.99});
  torch::optim::AdamW with_decay({theirs[0]},
                                 torch::optim::AdamWOptions(options).weight_decay(0.02)),
      without({theirs[1], theirs[2]}, torch::optim::AdamWOptions(options).weight_decay(0));
  const FlatParameters parameters({{"a", ours[0]}, {"b", ours[1]}, {"c", ours[2]}});
  AdamW own(parameters, /*first=*/0, /*decay_end=*/1, {0.8, 0.99, 0.02});
  for (int step = 0; step < 5; ++step) {
    for (size_t i = 0; i < 2; ++i) {  // the third never has a gradient
      theirs[i].mutable_grad() = torch::randn_like(theirs[i]).detach();
      ours[i].mutable_grad().copy_(theirs[i].grad());
    }
    own.Step(3e-3);
    with_decay.step();
    without.step();
  }
  for (size_t i = 0; i < 3; ++i)
    EXPECT_LT((ours[i] - theirs[i]).abs().max().item<double>(), 1e-6) << i;
  EXPECT_TRUE(torch::equal(ours[2], weights()[2]));
}

TEST(FlatParameters, BackwardPassesAddToTheirGradientsAndNothingElseLiesBetween) {
  auto a = torch::full({3, 2}, 2.0, torch::requires_grad());
  auto b = torch::full({5}, 3.0, torch::requires_grad());
  const FlatParameters parameters({{"a", a}, {"b", b}});
  for (int pass = 1; pass <= 2; ++pass) {
    (a.square().sum() + 7 * b.sum()).backward();
    EXPECT_TRUE(
        torch::equal(parameters.View(parameters.gradients(), 0), torch::full({3, 2}, 4.0 * pass)));
    EXPECT_TRUE(
        torch::equal(parameters.View(parameters.gradients(), 1), torch::full({5}, 7.0 * pass)));
    EXPECT_EQ(parameters.gradients().sum().item<double>(), pass * (6 * 4 + 5 * 7));
  }
  EXPECT_EQ(parameters.values().sum().item<double>(), 6 * 2 + 5 * 3);
  parameters.values().zero_();
  EXPECT_EQ(a.abs().sum().item<double>() + b.abs().sum().item<double>(), 0);
  EXPECT_EQ(parameters.offset(1) % 16, 0);
}

TEST(FlatParameters, NormOfAGradientOfMillionsIsExact) {
  torch::manual_seed(11);
  auto a = torch::zeros({2000, 1500}, torch::requires_grad());
  auto b = torch::zeros({7}, torch::requires_grad());
  const FlatParameters parameters({{"a", a}, {"b", b}});
  a.mutable_grad().normal_();
  b.mutable_grad().fill_(3);
  const double wanted =
      std::sqrt(a.grad().to(torch::kFloat64).square().sum().item<double>() + 7 * 9);
  EXPECT_NEAR(GradientNorm(parameters.gradients(), 2).item<double>(), wanted / 2, 1e-5 * wanted);
}

TEST(Optimizer, MuonTakesTheMatricesBetweenHiddenLayers) {
  const auto config = ParseConfiguration(SmallRunJson());
  Codec codec(config.model);
  int64_t hidden = 0;
  for (const auto& [name, parameter] : NamedParameters(*codec)) {
    if (!IsHiddenMatrix(name, parameter)) continue;
    ++hidden;
    EXPECT_EQ(parameter.dim(), 2) << name;
    EXPECT_EQ(name.find("quantizer"), std::string::npos) << name;
    EXPECT_EQ(name.find("depthwise"), std::string::npos) << name;
    EXPECT_NE(name, "decoder.head.weight");
    EXPECT_NE(name, "encoder.embed.weight");
  }
  // At least the two of each block, three levels on either side.
  EXPECT_GE(hidden, 12);
}

TEST(Optimizer, MuonStepsAsFarAsItsRateSaysWhateverTheGradient) {
  SetTrainingPrecision(Precision::kFloat32);
  OptimizerConfig config;
  config.type = "muon";
  config.muon_momentum = 0.9;
  config.learning_rate = 1;
  config.beta1 = 0.9;
  config.beta2 = 0.99;
  config.weight_decay = 0.5;
  torch::manual_seed(4);
  const auto direction = torch::randn({64, 32});
  for (const double size : {1e-3, 1e3}) {
    auto weight = torch::ones({64, 32}).set_requires_grad(true);
    auto bias = torch::zeros({64}).set_requires_grad(true);
    Optimizer optimizer({{"weight", weight}, {"bias", bias}}, config);
    weight.mutable_grad().copy_(direction * size);
    bias.mutable_grad().fill_(1);
    optimizer.Step(0.01);
    // Decay first, then 0.2 √64 times the orthonormal direction.
    const auto expected = (1 - 0.01 * 0.5) * torch::ones({64, 32}) -
                          0.01 * 0.2 * 8 * Orthogonalise(direction, torch::kFloat32);
    EXPECT_LT((weight.detach() - expected).abs().max().item<double>(), 1e-5);
    // Root mean square of a step, about: AdamW's scale.
    const auto step = weight.detach() - (1 - 0.01 * 0.5);
    EXPECT_NEAR(step.square().mean().sqrt().item<double>(), 0.002, 0.0006);
    EXPECT_NEAR(bias.detach()[0].item<double>(), -0.01, 1e-5);  // AdamW's, without decay
    optimizer.ZeroGradient();
    EXPECT_EQ(weight.grad().abs().max().item<double>(), 0);
  }
}

}  // namespace
}  // namespace motet::trainer
