// Tests of what follows from a configuration: delays, the quality ladder, packets, and the list of
// tensors. Left out: that the networks have those tensors (their own tests).
#include "model_config/model_config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "random_tensors.h"

namespace motet {
namespace {

using testing::ConfigOf;
using testing::kBaseConfig;
using testing::kSmallConfig;
using testing::kTonesConfig;

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

TEST(ModelConfig, PacketsCarryTonesFromTheirQualityOn) {
  const ModelConfig config = ConfigOf(kTonesConfig);
  for (int64_t quality = 1; quality <= 12; ++quality) {
    EXPECT_EQ(config.has_tones(quality), quality >= 4) << quality;
    EXPECT_FALSE(ConfigOf(kSmallConfig).has_tones(quality)) << quality;
  }
  EXPECT_EQ(config.tones->bytes(), 10);
  EXPECT_EQ(config.tones->level_db(0), -66);
  EXPECT_EQ(config.tones->level_db(31), 11.5);
}

// Behind the codes of quality 4, so what comes after them lies 10 bytes later than without.
TEST(ModelConfig, TonesLieBehindTheCodesOfTheirQuality) {
  const ModelConfig with = ConfigOf(kTonesConfig), without = ConfigOf(kSmallConfig);
  EXPECT_EQ(with.tones_offset(), without.packet_bytes(4));
  const auto moved = with.ladder(), ladder = without.ladder();
  ASSERT_EQ(moved.size(), ladder.size());
  for (size_t i = 0; i < ladder.size(); ++i) {
    EXPECT_EQ(moved[i].offset, ladder[i].offset + (i < 4 ? 0 : 10)) << ladder[i].name();
    EXPECT_EQ(moved[i].codes, ladder[i].codes) << ladder[i].name();
  }
  for (int64_t quality = 1; quality <= 12; ++quality) {
    EXPECT_EQ(with.packet_bytes(quality), without.packet_bytes(quality) + (quality < 4 ? 0 : 10));
  }
}

// What a quality adds begins where the packet of the quality below ends, at the highest quality's
// tones, too.
TEST(ModelConfig, PacketsOfAQualityArePrefixesOfThoseOfHigherOnes) {
  for (const int64_t from : {1, 4, 6, 12}) {
    ModelConfig config = ConfigOf(kTonesConfig);
    config.tones->from_quality = from;
    const std::vector<LadderStep> ladder = config.ladder();
    int64_t end = 0;
    for (int64_t quality = 1; quality <= 12; ++quality) {
      const LadderStep& step = ladder[static_cast<size_t>(quality - 1)];
      EXPECT_EQ(step.offset, end) << quality << " of " << from;
      end += step.codes;
      if (quality == from) {
        EXPECT_EQ(config.tones_offset(), end);
        end += config.tones->bytes();
      }
      EXPECT_EQ(config.packet_bytes(quality), end) << quality << " of " << from;
    }
  }
}

// Bands of a model with or without tones, wherever either begins: behind the codes of their quality
// and, where both begin there, behind the tones.
TEST(ModelConfig, LevelsOfBandsLieBehindTheCodesAndTonesOfTheirQuality) {
  for (const int64_t tones_from : {0, 1, 4, 6, 12}) {
    for (const int64_t from : {1, 4, 5, 6, 12}) {
      ModelConfig config = ConfigOf(tones_from == 0 ? kSmallConfig : kTonesConfig);
      if (config.tones) config.tones->from_quality = tones_from;
      config.bands = BandsConfig{.edges = {2, 3, 7, 16}, .step_db = 3, .from_quality = from};
      const std::vector<LadderStep> ladder = config.ladder();
      int64_t end = 0;
      for (int64_t quality = 1; quality <= 12; ++quality) {
        const LadderStep& step = ladder[static_cast<size_t>(quality - 1)];
        EXPECT_EQ(step.offset, end) << quality << " of " << tones_from << ", " << from;
        end += step.codes;
        if (quality == tones_from) {
          EXPECT_EQ(config.tones_offset(), end);
          end += 10;
        }
        if (quality == from) {
          EXPECT_EQ(config.bands_offset(), end) << tones_from << ", " << from;
          end += 3;
        }
        EXPECT_EQ(config.packet_bytes(quality), end) << quality << " of " << tones_from;
        EXPECT_EQ(config.has_bands(quality), quality >= from);
        EXPECT_FALSE(ConfigOf(kSmallConfig).has_bands(quality));
      }
      EXPECT_EQ(end, 28 + 3 + (tones_from == 0 ? 0 : 10));
    }
  }
}

TEST(ModelConfig, LevelsOfBandsAreOneByteForEachBand) {
  const BandsConfig bands = {.edges = {2, 3, 7, 16}, .step_db = 2.5, .from_quality = 6};
  EXPECT_EQ(bands.count(), 3);
  EXPECT_EQ(bands.bytes(), 3);
  EXPECT_EQ(bands.level_db(1), -90.5);
  EXPECT_EQ(bands.level_db(31), -15.5);
}

// Nine hops: one for the overlap of the frames, eight that are two packets.
TEST(ModelConfig, LevelsOfBandsAreHeardAfterTheDelayInPackets) {
  EXPECT_EQ(ConfigOf(kBaseConfig).bands_delay(), 2);
}

// floor(2048 · (k² · 0.6180339887… mod 1)) for the first and the last line of base.json, and one
// for a window of 128.
TEST(ModelConfig, PhasesOfTonesAreIntegers) {
  EXPECT_EQ(TonesConfig::Phase(1, 2048), 1265);
  EXPECT_EQ(TonesConfig::Phase(40, 2048), 1749);
  EXPECT_EQ(TonesConfig::Phase(279, 2048), 785);
  EXPECT_EQ(TonesConfig::Phase(42, 128), 27);
}

TEST(ModelConfig, TheChoiceOfTonesAndTheirSoundAreWithinThePreroll) {
  const ModelConfig with = ConfigOf(kTonesConfig), without = ConfigOf(kSmallConfig);
  EXPECT_GE(with.encoder_preroll(), std::max<int64_t>(18, without.encoder_preroll()));
  EXPECT_GE(with.decoder_preroll(), std::max<int64_t>(3, without.decoder_preroll()));
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
  EXPECT_FALSE(shapes.contains("decoder.tones.weight"));
  const TensorShapes with_tones = ModelTensors(ConfigOf(kTonesConfig));
  EXPECT_EQ(with_tones.at("decoder.tones.weight"), (Shape{34, 40}));
  EXPECT_EQ(with_tones.at("decoder.tones.bias"), (Shape{34}));
  EXPECT_FALSE(with_tones.contains("decoder.bands.weight"));
  ModelConfig config = ConfigOf(kBaseConfig);
  config.bands = BandsConfig{.edges = {12, 20, 40, 100}, .step_db = 3, .from_quality = 6};
  const TensorShapes with_bands = ModelTensors(config);
  EXPECT_EQ(with_bands.at("decoder.bands.weight"), (Shape{256, 3}));
  EXPECT_EQ(with_bands.at("decoder.bands.bias"), (Shape{256}));
  EXPECT_EQ(with_bands.size(), shapes.size() + 2);
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
