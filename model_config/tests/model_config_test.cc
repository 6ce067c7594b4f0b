// Tests of what follows from a configuration: delays, the quality ladder, packets, and the list of
// tensors. Left out: that the networks have those tensors (their own tests).
#include "model_config/model_config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "random_tensors.h"

namespace motet {
namespace {

using testing::ConfigOf;
using testing::kBaseConfig;
using testing::kLadder;
using testing::kScatteredLadder;
using testing::kSmallConfig;
using testing::kTonesConfig;
using testing::WithLadder;

// Quality and offset of the code of each frame.
using Places = std::vector<std::pair<int64_t, int64_t>>;

std::map<std::string, Places> PlacesOf(const ModelConfig& config) {
  std::map<std::string, Places> places;
  for (const LadderQuantizer& each : config.quantizers()) {
    for (const auto& [quality, offset] : each.places)
      places[each.name()].emplace_back(quality, offset);
  }
  return places;
}

int64_t CodesOf(const LadderStep& step) {
  int64_t codes = 0;
  for (const LadderCodes& each : step) codes += each.count();
  return codes;
}

std::vector<int64_t> PacketBytes(const ModelConfig& config) {
  std::vector<int64_t> bytes;
  for (int64_t quality = 1; quality <= config.max_quality(); ++quality)
    bytes.push_back(config.packet_bytes(quality));
  return bytes;
}

std::vector<std::string> Names(const std::vector<LadderStep>& ladder) {
  std::vector<std::string> names;
  for (const LadderStep& step : ladder) names.push_back(NameOf(step));
  return names;
}

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

TEST(Ladder, UsuallyTakesQuantizersFromCoarseToFineInPairs) {
  const ModelConfig config = ConfigOf(kBaseConfig);
  const std::vector<std::string> names = {"coarse.0", "coarse.1", "mid.0",    "mid.1",
                                          "fine.0",   "fine.1",   "coarse.2", "coarse.3",
                                          "mid.2",    "mid.3",    "fine.2",   "fine.3"};
  EXPECT_EQ(Names(config.ladder()), names);
  EXPECT_EQ(config.max_quality(), 12);
  EXPECT_EQ(PacketBytes(config),
            (std::vector<int64_t>{1, 2, 4, 6, 10, 14, 15, 16, 18, 20, 24, 28}));
  const std::map<std::string, Places> places = {
      {"coarse.0", {{1, 0}}},
      {"coarse.1", {{2, 1}}},
      {"mid.0", {{3, 2}, {3, 3}}},
      {"mid.1", {{4, 4}, {4, 5}}},
      {"fine.0", {{5, 6}, {5, 7}, {5, 8}, {5, 9}}},
      {"fine.1", {{6, 10}, {6, 11}, {6, 12}, {6, 13}}},
      {"coarse.2", {{7, 14}}},
      {"coarse.3", {{8, 15}}},
      {"mid.2", {{9, 16}, {9, 17}}},
      {"mid.3", {{10, 18}, {10, 19}}},
      {"fine.2", {{11, 20}, {11, 21}, {11, 22}, {11, 23}}},
      {"fine.3", {{12, 24}, {12, 25}, {12, 26}, {12, 27}}}};
  EXPECT_EQ(PlacesOf(config), places);
  for (const LadderQuantizer& each : config.quantizers()) {
    EXPECT_TRUE(each.whole()) << each.name();
    EXPECT_EQ(each.frames(), kFramesPerPacket[each.level]) << each.name();
  }
}

// Whatever the ladder: entropy coding goes by it.
TEST(Ladder, QuantizersAreInTheUsualOrder) {
  for (const std::string& config : {std::string(kSmallConfig), WithLadder(kSmallConfig, kLadder),
                                    WithLadder(kSmallConfig, kScatteredLadder)}) {
    std::vector<std::string> names;
    std::vector<int64_t> stages;
    for (const LadderQuantizer& each : ConfigOf(config).quantizers()) {
      names.push_back(each.name());
      stages.push_back(each.stage);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"coarse.0", "coarse.1", "mid.0", "mid.1", "fine.0",
                                               "fine.1", "coarse.2", "coarse.3", "mid.2", "mid.3",
                                               "fine.2", "fine.3"}));
    EXPECT_EQ(stages, (std::vector<int64_t>{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}));
  }
}

TEST(Ladder, OfAModelIsWhatItSays) {
  const ModelConfig config = ConfigOf(WithLadder(kBaseConfig, kLadder));
  const std::vector<std::string> names = {
      "coarse.0",           "coarse.1", "mid.0",       "mid.1",      "fine.0", "fine.1",
      "coarse.2, coarse.3", "mid.2",    "fine.2 even", "fine.2 odd", "fine.3", "mid.3"};
  EXPECT_EQ(Names(config.ladder()), names);
  EXPECT_EQ(config.max_quality(), 12);
  EXPECT_EQ(PacketBytes(config),
            (std::vector<int64_t>{1, 2, 4, 6, 10, 14, 16, 18, 20, 22, 26, 28}));
  const std::map<std::string, Places> places = {
      {"coarse.0", {{1, 0}}},
      {"coarse.1", {{2, 1}}},
      {"mid.0", {{3, 2}, {3, 3}}},
      {"mid.1", {{4, 4}, {4, 5}}},
      {"fine.0", {{5, 6}, {5, 7}, {5, 8}, {5, 9}}},
      {"fine.1", {{6, 10}, {6, 11}, {6, 12}, {6, 13}}},
      {"coarse.2", {{7, 14}}},
      {"coarse.3", {{7, 15}}},
      {"mid.2", {{8, 16}, {8, 17}}},
      {"fine.2", {{9, 18}, {10, 20}, {9, 19}, {10, 21}}},
      {"fine.3", {{11, 22}, {11, 23}, {11, 24}, {11, 25}}},
      {"mid.3", {{12, 26}, {12, 27}}}};
  EXPECT_EQ(PlacesOf(config), places);
  for (const LadderQuantizer& each : config.quantizers())
    EXPECT_EQ(each.whole(), each.name() != "fine.2") << each.name();
  const LadderQuantizer half = config.quantizers()[10];
  EXPECT_EQ(half.name(), "fine.2");
  EXPECT_EQ(half.first_quality(), 9);
  EXPECT_EQ(half.full_quality(), 10);
}

TEST(Ladder, MayTakeLevelsAndHalvesInAnyOrder) {
  const ModelConfig config = ConfigOf(WithLadder(kSmallConfig, kScatteredLadder));
  EXPECT_EQ(PacketBytes(config), (std::vector<int64_t>{4, 6, 10, 13, 15, 17, 21, 22, 26, 27, 28}));
  const std::map<std::string, Places> places = {{"fine.0", {{1, 0}, {1, 1}, {1, 2}, {1, 3}}},
                                                {"coarse.0", {{2, 4}}},
                                                {"mid.0", {{4, 10}, {2, 5}}},
                                                {"fine.1", {{3, 8}, {3, 6}, {3, 9}, {3, 7}}},
                                                {"mid.1", {{4, 11}, {4, 12}}},
                                                {"coarse.1", {{5, 13}}},
                                                {"coarse.2", {{5, 14}}},
                                                {"fine.2", {{6, 15}, {9, 22}, {6, 16}, {9, 23}}},
                                                {"fine.3", {{7, 17}, {9, 24}, {7, 18}, {9, 25}}},
                                                {"mid.2", {{7, 19}, {7, 20}}},
                                                {"coarse.3", {{8, 21}}},
                                                {"mid.3", {{11, 27}, {10, 26}}}};
  EXPECT_EQ(PlacesOf(config), places);
  for (const LadderQuantizer& each : config.quantizers()) {
    // Those of fine.1 come with one quality, and not one after another.
    const std::set<std::string> scattered = {"mid.0", "fine.1", "fine.2", "fine.3", "mid.3"};
    EXPECT_EQ(each.whole(), !scattered.contains(each.name())) << each.name();
  }
}

TEST(Ladder, InTheUsualOrderIsTheUsualOne) {
  for (const char* base : {kSmallConfig, kTonesConfig}) {
    const ModelConfig usual = ConfigOf(base);
    std::string names;
    for (const std::string& name : Names(usual.ladder()))
      names += (names.empty() ? "\"" : ", \"") + name + "\"";
    const ModelConfig same = ConfigOf(WithLadder(base, "[" + names + "]"));
    EXPECT_EQ(same.own_ladder.size(), 12U);
    EXPECT_EQ(PlacesOf(same), PlacesOf(usual));
    EXPECT_EQ(PacketBytes(same), PacketBytes(usual));
  }
}

// The 10 bytes of tones behind the codes of quality 4, the 3 of bands behind those of quality 9:
// between two halves of a quantizer.
TEST(Ladder, TonesAndLevelsOfBandsStandBehindTheCodesOfTheirQuality) {
  ModelConfig config = ConfigOf(WithLadder(kTonesConfig, kLadder));
  config.bands = BandsConfig{.edges = {2, 3, 7, 16}, .step_db = 3, .from_quality = 9};
  EXPECT_EQ(PacketBytes(config),
            (std::vector<int64_t>{1, 2, 4, 16, 20, 24, 26, 28, 33, 35, 39, 41}));
  EXPECT_EQ(config.tones_offset(), 6);
  EXPECT_EQ(config.bands_offset(), 30);
  const std::map<std::string, Places> places = PlacesOf(config);
  EXPECT_EQ(places.at("mid.1"), (Places{{4, 4}, {4, 5}}));
  EXPECT_EQ(places.at("fine.0"), (Places{{5, 16}, {5, 17}, {5, 18}, {5, 19}}));
  EXPECT_EQ(places.at("fine.2"), (Places{{9, 28}, {10, 33}, {9, 29}, {10, 34}}));
  EXPECT_EQ(places.at("mid.3"), (Places{{12, 39}, {12, 40}}));
  config.tones->from_quality = 9;
  EXPECT_EQ(config.tones_offset(), 20);
  EXPECT_EQ(config.bands_offset(), 30);
  EXPECT_EQ(PlacesOf(config).at("fine.2"), (Places{{9, 18}, {10, 33}, {9, 19}, {10, 34}}));
}

TEST(Ladder, NamesOfStepsAndStepsAreInverse) {
  for (const char* name :
       {"coarse.0", "mid.7", "fine.3", "mid.1 even", "mid.1 odd", "fine.2 even", "fine.2 odd",
        "coarse.2, coarse.3", "fine.0 odd, mid.0, coarse.7, fine.0 even"}) {
    const auto step = LadderStepOf(name);
    ASSERT_TRUE(step.has_value()) << name;
    EXPECT_EQ(NameOf(*step), name);
  }
  const LadderStep step = *LadderStepOf("coarse.2, mid.1 odd, fine.4 even, fine.5 odd");
  ASSERT_EQ(step.size(), 4U);
  EXPECT_EQ(step[0].level, kCoarse);
  EXPECT_EQ(step[0].quantizer, 2);
  EXPECT_EQ(step[0].count(), 1);
  EXPECT_EQ(step[1].level, kMid);
  EXPECT_EQ(step[1].first, 1);
  EXPECT_EQ(step[1].every, 2);
  EXPECT_EQ(step[1].count(), 1);
  EXPECT_EQ(step[2].level, kFine);
  EXPECT_EQ(step[2].quantizer, 4);
  EXPECT_EQ(step[2].first, 0);
  EXPECT_EQ(step[2].count(), 2);
  EXPECT_EQ(step[3].first, 1);
  EXPECT_EQ(step[3].count(), 2);
  EXPECT_EQ(LadderCodes{.level = kFine}.count(), 4);
}

TEST(Ladder, OtherTextsNameNoStep) {
  for (const char* name : {"",
                           " ",
                           ",",
                           ", ",
                           "coarse.0 even",
                           "coarse.0 odd",
                           "fine.8",
                           "fine.9",
                           "fine.10",
                           "fine.-1",
                           "fine.+1",
                           "fine.02",
                           "fine.",
                           "fine",
                           "fine.2 third",
                           "fine.2 Even",
                           "fine.2  even",
                           "fine.2even",
                           "fine.2 even odd",
                           "fine.2 all",
                           "Fine.2",
                           "finer.2",
                           "fine 2",
                           " mid.1",
                           "mid.1 ",
                           "mid.1,mid.2",
                           "mid.1,  mid.2",
                           "mid.1 , mid.2",
                           "mid.1, ",
                           ", mid.1",
                           "mid.1, , mid.2",
                           "mid.1; mid.2",
                           "mid.1, medium.2"})
    EXPECT_FALSE(LadderStepOf(name).has_value()) << '"' << name << '"';
  EXPECT_FALSE(LadderStepOf(std::string_view("mid.1\0", 6)).has_value());
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
  const auto moved = PlacesOf(with);
  for (const auto& [name, places] : PlacesOf(without)) {
    Places wanted = places;
    for (auto& [quality, offset] : wanted) offset += quality <= 4 ? 0 : 10;
    EXPECT_EQ(moved.at(name), wanted) << name;
  }
  for (int64_t quality = 1; quality <= 12; ++quality) {
    EXPECT_EQ(with.packet_bytes(quality), without.packet_bytes(quality) + (quality < 4 ? 0 : 10));
  }
}

// That each quality adds to the packet of the one below its codes, its tones, and its levels of
// bands, in this order, and that each byte of the codes has its place.
void ExpectPrefixes(const ModelConfig& config) {
  const std::vector<LadderStep> ladder = config.ladder();
  std::map<int64_t, int64_t> qualities;  // by offset in the packet
  for (const auto& [name, places] : PlacesOf(config)) {
    for (const auto& [quality, offset] : places)
      EXPECT_TRUE(qualities.emplace(offset, quality).second) << name << ", offset " << offset;
  }
  int64_t end = 0;
  size_t codes = 0;
  for (int64_t quality = 1; quality <= config.max_quality(); ++quality) {
    const int64_t added = CodesOf(ladder[static_cast<size_t>(quality - 1)]);
    for (int64_t i = 0; i < added; ++i, ++end, ++codes)
      EXPECT_EQ(qualities[end], quality) << "offset " << end;
    if (config.tones && quality == config.tones->from_quality) {
      EXPECT_EQ(config.tones_offset(), end);
      end += config.tones->bytes();
    }
    if (config.bands && quality == config.bands->from_quality) {
      EXPECT_EQ(config.bands_offset(), end);
      end += config.bands->bytes();
    }
    EXPECT_EQ(config.packet_bytes(quality), end) << quality;
  }
  EXPECT_EQ(codes, 28U);
  EXPECT_EQ(qualities.size(), codes);
}

TEST(ModelConfig, PacketsOfAQualityArePrefixesOfThoseOfHigherOnes) {
  for (const std::string& base : {std::string(kTonesConfig), WithLadder(kTonesConfig, kLadder)}) {
    for (const int64_t from : {1, 4, 6, 9, 12}) {
      ModelConfig config = ConfigOf(base);
      config.tones->from_quality = from;
      ExpectPrefixes(config);
    }
  }
  ExpectPrefixes(ConfigOf(WithLadder(kSmallConfig, kScatteredLadder)));
}

// Bands of a model with or without tones, wherever either begins: behind the codes of their quality
// and, where both begin there, behind the tones.
TEST(ModelConfig, LevelsOfBandsLieBehindTheCodesAndTonesOfTheirQuality) {
  for (const char* ladder : {"", kLadder}) {
    for (const int64_t tones_from : {0, 1, 4, 6, 12}) {
      for (const int64_t from : {1, 4, 5, 6, 9, 12}) {
        const std::string base = tones_from == 0 ? kSmallConfig : kTonesConfig;
        ModelConfig config = ConfigOf(*ladder == 0 ? base : WithLadder(base, ladder));
        if (config.tones) config.tones->from_quality = tones_from;
        config.bands = BandsConfig{.edges = {2, 3, 7, 16}, .step_db = 3, .from_quality = from};
        ExpectPrefixes(config);
        for (int64_t quality = 1; quality <= 12; ++quality) {
          EXPECT_EQ(config.has_bands(quality), quality >= from);
          EXPECT_FALSE(ConfigOf(kSmallConfig).has_bands(quality));
        }
        EXPECT_EQ(config.packet_bytes(12), 28 + 3 + (tones_from == 0 ? 0 : 10));
      }
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
