// Steps that are recorded as CUDA graphs do what steps do call by call. Recording needs a GPU and a
// build against a LibTorch with CUDA; what it takes of the rest of the trainer is tested
// everywhere.
#include "training/step_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "losses/losses.h"
#include "tests/small_run.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

// Reports of `steps` steps of one run.
std::vector<std::map<std::string, double>> Reports(nlohmann::json json, bool graph, int64_t steps) {
  json["training"]["graph"] = graph;
  Trainer trainer(ParseConfiguration(json));
  std::vector<std::map<std::string, double>> reports;
  for (int64_t step = 0; step < steps; ++step) {
    torch::manual_seed(step);
    reports.push_back(trainer.TrainStep(SmallBatch(step % 3)));
  }
  return reports;
}

TEST(StepGraph, OnACpuStepsAreAsWithoutIt) {
  EXPECT_FALSE(StepGraph::CanRecord(torch::Device("cpu")));
  EXPECT_EQ(Reports(SmallRunJson(), true, 3), Reports(SmallRunJson(), false, 3));
}

// Such a weight is an input of a recording.
TEST(StepGraph, SumsAreTheSameWithWeightsOnTheDevice) {
  const LossTerms terms = {{"mel", torch::tensor(1.25F)}, {"waveform", torch::tensor(0.3F)}};
  const LossWeights weights = {{"mel", 4}, {"waveform", 0.7}, {"level", 2}};
  LossTerms on_device;
  for (const auto& [name, weight] : weights)
    on_device[name] = torch::tensor(static_cast<float>(weight));
  EXPECT_EQ(WeightedSum(terms, weights).item<float>(), WeightedSum(terms, on_device).item<float>());
  EXPECT_FALSE(WeightedSum({}, on_device).defined());
}

TEST(StepGraph, WhatAStepComparesIsDrawnBeforehandAndNothingThatHasNoWeight) {
  auto json = BaseJson()["losses"];
  json["mel_scales"] = 3;
  json["stft_scales"] = 2;
  json["mid_side_share"] = 0.5;
  const auto config = ParseLossConfig(json, 1);
  const CodecLoss loss(config, TinyModel());
  auto weights = config.WeightsAt(0);
  std::mt19937_64 random(5);
  std::map<size_t, int> scales;
  int mid_side = 0;
  for (int i = 0; i < 200; ++i) {
    const LossChoices choices = loss.Choose(weights, random);
    ASSERT_EQ(choices.mel_scales.size(), 3U);
    ASSERT_EQ(choices.stft_windows.size(), 2U);
    // In ascending order, so that the same draw is the same recording.
    EXPECT_TRUE(std::is_sorted(choices.mel_scales.begin(), choices.mel_scales.end()));
    for (const size_t scale : choices.mel_scales) ++scales[scale];
    mid_side += choices.mid_side ? 1 : 0;
  }
  EXPECT_EQ(scales.size(), MelScales().size());
  EXPECT_NEAR(mid_side, 100, 30);
  weights["mel"] = 0;
  EXPECT_TRUE(loss.Choose(weights, random).mel_scales.empty());
}

// The first steps of each kind run call by call, so there must be more of them.
TEST(StepGraph, OnAGpuReportsAgreeWithThoseOfPlainSteps) {
  const torch::Device gpu("cuda:0");
  if (!torch::cuda::is_available() || !StepGraph::CanRecord(gpu))
    GTEST_SKIP() << "there is no GPU, or this program was built without the headers of CUDA";
  auto json = SmallRunJson();
  json["training"]["device"] = "cuda";
  json["losses"]["mel_scales"] = 7;
  json["losses"]["stft_scales"] = 4;
  const auto plain = Reports(json, false, 20), recorded = Reports(json, true, 20);
  for (size_t step = 0; step < plain.size(); ++step) {
    for (const auto& [name, value] : plain[step])
      EXPECT_NEAR(recorded[step].at(name), value, 2e-3 * std::abs(value) + 1e-5) << name << step;
  }
}

}  // namespace
}  // namespace motet::trainer
