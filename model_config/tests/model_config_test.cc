// Tests of what follows from a configuration: delays, the quality ladder, packets, and the list of
// tensors. Left out: that the networks have those tensors (their own tests).
#include "model_config/model_config.h"

#include <gtest/gtest.h>

#include <set>

#include "random_tensors.h"

namespace motet {
namespace {

using testing::ConfigOf;
using testing::kBaseConfig;
using testing::kSmallConfig;

TEST(ModelConfig, DelayIsTheLookaheadOfAllLevelsAndTheOverlapOfTheFrames) {
  EXPECT_EQ(ConfigOf(kBaseConfig).delay(), 256 * (1 + 2 + 0 + 0 + 4 + 0 + 2));
  EXPECT_EQ(ConfigOf(kBaseConfig).decoder_lookahead(), 6);
  EXPECT_EQ(ConfigOf(kSmallConfig).delay(), 16 * (1 + 4 + 2 * 2 + 4 * 1 + 4 * 3 + 2 * 1 + 3));
}

TEST(ModelConfig, AFinerLevelWaitsForTheLookaheadOfAllCoarserOnes) {
  const ModelConfig config = ConfigOf(kSmallConfig);
  EXPECT_EQ(LevelDelay(kCoarse, config.encoder.levels), 0);
  EXPECT_EQ(LevelDelay(kMid, config.encoder.levels), 2 * 1);
  EXPECT_EQ(LevelDelay(kFine, config.encoder.levels), 4 * 1 + 2 * 2);
  EXPECT_EQ(LevelDelay(kFine, config.decoder.levels), 4 * 3 + 2 * 1);
}

TEST(ModelConfig, TakesLadderStepsFromCoarseToFineInPairs) {
  const ModelConfig config = ConfigOf(kBaseConfig);
  const std::vector<LadderStep> ladder = config.ladder();
  ASSERT_EQ(ladder.size(), 12U);
  EXPECT_EQ(config.max_quality(), 12);
  EXPECT_EQ(ladder[2].level, kMid);
  EXPECT_EQ(ladder[2].quantizer, 0);
  EXPECT_EQ(ladder[2].codes, 2);
  EXPECT_EQ(ladder[2].offset, 2);
  EXPECT_EQ(ladder[2].stage, 0);
  EXPECT_EQ(ladder[2].name(), "mid.0");
  EXPECT_EQ(ladder[7].level, kCoarse);
  EXPECT_EQ(ladder[7].quantizer, 3);
  EXPECT_EQ(ladder[7].stage, 1);
  EXPECT_EQ(ladder[11].offset, 24);
  EXPECT_EQ(config.packet_bytes(6), 14);
  EXPECT_EQ(config.packet_bytes(12), 28);
}

TEST(ModelTensors, HaveTheShapesOfTheArchitecturePage) {
  const TensorShapes shapes = ModelTensors(ConfigOf(kBaseConfig));
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(shapes.at("encoder.embed.weight"), (Shape{128, 1024}));
  EXPECT_EQ(shapes.at("encoder.coarse.down.weight"), (Shape{256, 2 * 192}));
  EXPECT_EQ(shapes.at("encoder.fine.blocks.1.depthwise.weight"), (Shape{7, 128}));
  EXPECT_EQ(shapes.at("encoder.mid.latent.hidden.weight"), (Shape{128, 192 + 3 * 16 + 64}));
  EXPECT_EQ(shapes.at("quantizer.fine.3.output.weight"), (Shape{64, 8}));
  EXPECT_EQ(shapes.at("conditioning.output.bias"), (Shape{17}));
  EXPECT_EQ(shapes.at("decoder.fine.up.weight"), (Shape{2 * 192, 256}));
  EXPECT_EQ(shapes.at("decoder.head.weight"), (Shape{1028, 192}));
  EXPECT_FALSE(shapes.contains("encoder.coarse.context.weight"));
  EXPECT_FALSE(shapes.contains("quantizer.fine.3.output.bias"));
}

// What is folded is gone from the model file, and every block and quantizer has its part in it.
TEST(FoldedTensors, AreThoseOfEveryBlockAndQuantizer) {
  const ModelConfig config = ConfigOf(kSmallConfig);
  const TensorShapes shapes = ModelTensors(config), folded = FoldedTensors(config);
  std::set<std::string> wanted;
  for (const auto& [name, shape] : shapes) {
    const auto stem = [&name = name](std::string_view suffix) {
      return name.substr(0, name.size() - suffix.size());
    };
    if (name.ends_with(".project.bias")) wanted.insert(stem(".project.bias") + ".scale");
    if (name.ends_with(".input.bias") && name.starts_with("quantizer.")) {
      wanted.insert(stem(".input.bias") + ".norm.mean");
      wanted.insert(stem(".input.bias") + ".norm.var");
    }
  }
  EXPECT_EQ(wanted.size(), 11U + 2 * 12);
  for (const std::string& name : wanted) EXPECT_TRUE(folded.contains(name)) << name;
  EXPECT_EQ(folded.size(), wanted.size());
  for (const auto& [name, shape] : folded) EXPECT_FALSE(shapes.contains(name)) << name;
}

}  // namespace
}  // namespace motet
