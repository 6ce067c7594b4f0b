// What turns gradients into steps.
#include "training/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/codec.h"
#include "tests/small_run.h"
#include "training/adamw.h"

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

TEST(StepAdamW, StepsAsLibTorchDoes) {
  const auto weights = [] {
    torch::manual_seed(3);
    return std::vector<torch::Tensor>{torch::randn({5, 7}, torch::requires_grad()),
                                      torch::randn({7}, torch::requires_grad()),
                                      torch::randn({2}, torch::requires_grad())};
  };
  auto ours = weights(), theirs = weights();
  const auto options = torch::optim::AdamWOptions(3e-3).betas({0.8, 0.99}).weight_decay(0.02);
  torch::optim::AdamW own(ours, options), reference(theirs, options);
  for (int step = 0; step < 5; ++step) {
    for (size_t i = 0; i < 2; ++i) {  // the third never has a gradient
      ours[i].mutable_grad() = torch::randn_like(ours[i]).detach();
      theirs[i].mutable_grad() = ours[i].grad().clone();
    }
    StepAdamW(own);
    reference.step();
  }
  for (size_t i = 0; i < 3; ++i)
    EXPECT_LT((ours[i] - theirs[i]).abs().max().item<double>(), 1e-6) << i;
  EXPECT_TRUE(torch::equal(ours[2], weights()[2]));
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
    weight.mutable_grad() = direction * size;
    bias.mutable_grad() = torch::ones({64});
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
    EXPECT_FALSE(weight.grad().defined() && weight.grad().abs().max().item<double>() > 0);
  }
}

}  // namespace
}  // namespace motet::trainer
