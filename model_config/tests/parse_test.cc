// Tests that the JSON which describes a model is read strictly: each key that is missing, unknown,
// of the wrong type or out of range is a fault that names it; parts that may be absent; hostile
// texts.
#include "model_config/parse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "random_tensors.h"

namespace motet {
namespace {

std::string Whole(const std::string& model) {
  return "{\"model\": " + model + ", \"identity\": \"0123456789abcdef\", \"info\": {}}";
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// The fault in the base configuration after a replacement.
std::string ErrorAfter(const std::string& from, const std::string& to) {
  const auto config = ParseModelFileConfig(Replaced(Whole(testing::kBaseConfig), from, to));
  EXPECT_FALSE(config.ok()) << from << " -> " << to;
  return config.fault;
}

TEST(Parse, ReadsTheBaseConfiguration) {
  const auto config = ParseModelFileConfig(Whole(testing::kBaseConfig));
  ASSERT_TRUE(config.ok()) << config.fault;
  EXPECT_EQ(config.value.identity, "0123456789abcdef");
  const ModelConfig& model = config.value.model;
  EXPECT_EQ(model.name, "motet");
  EXPECT_EQ(model.sample_rate, 44100);
  EXPECT_EQ(model.encoder.levels[kMid].width, 192);
  EXPECT_EQ(model.decoder.levels[kFine].lookahead, (std::vector<int64_t>{1, 1, 0}));
  EXPECT_EQ(model.analysis.power, 0.4);
  EXPECT_EQ(model.synthesis.type, "istft");
  EXPECT_EQ(model.synthesis.hop, 256);
  EXPECT_EQ(model.conditioning.total(), 17);
}

TEST(Parse, ReadsTheModelAloneAsTrainingHasIt) {
  const auto config = ParseModelConfig(testing::kBaseConfig);
  ASSERT_TRUE(config.ok()) << config.fault;
  EXPECT_EQ(config.value.name, "motet");
  EXPECT_EQ(ParseModelConfig(Replaced(testing::kBaseConfig, ", \"packet\": 1024", "")).fault,
            "configuration: missing key 'model.packet'");
}

TEST(Parse, KnowsAnMdctInTrainingAndNotInAModelFile) {
  const std::string mdct = Replaced(testing::kBaseConfig, "\"istft\"", "\"mdct\"");
  const auto training = ParseModelConfig(mdct);
  ASSERT_TRUE(training.ok()) << training.fault;
  EXPECT_EQ(training.value.synthesis.type, "mdct");
  EXPECT_EQ(ParseModelFileConfig(Whole(mdct)).fault,
            "configuration: 'model.synthesis.type' is \"mdct\", wanted \"istft\"");
  EXPECT_EQ(ParseModelConfig(Replaced(mdct, "\"mdct\"", "\"mct\"")).fault,
            "configuration: 'model.synthesis.type' is \"mct\", wanted \"istft\" or \"mdct\"");
}

TEST(Parse, KnowsTones) {
  const auto with = [](const std::string& tones) {
    return Replaced(testing::kBaseConfig, "\"synthesis\"",
                    "\"tones\": " + tones + ", \"synthesis\"");
  };
  const std::string tones =
      R"({"first": 40, "lines": 240, "count": 8, "step_db": 6, "from_quality": 6})";
  const auto training = ParseModelConfig(with(tones));
  ASSERT_TRUE(training.ok()) << training.fault;
  ASSERT_TRUE(training.value.tones.has_value());
  EXPECT_EQ(training.value.tones->first, 40);
  EXPECT_EQ(training.value.tones->lines, 240);
  EXPECT_EQ(training.value.tones->count, 8);
  EXPECT_EQ(training.value.tones->step_db, 6);
  EXPECT_EQ(training.value.tones->from_quality, 6);
  EXPECT_FALSE(ParseModelConfig(testing::kBaseConfig).value.tones.has_value());
  EXPECT_TRUE(ParseModelFileConfig(Whole(with(tones))).value.model.tones.has_value());
  EXPECT_EQ(ParseModelConfig(with(Replaced(tones, "240", "1000"))).fault,
            "configuration: 'model.tones.lines' is 1000, wanted 1 to 255");
  EXPECT_EQ(ParseModelConfig(with(Replaced(tones, "\"count\": 8", "\"count\": 65"))).fault,
            "configuration: 'model.tones.count' is 65, wanted 1 to 64");
  EXPECT_EQ(training.value.tones->places(), 1) << "they are not said";
  const auto places = [&](const std::string& keys) {
    return ParseModelConfig(with(Replaced(tones, "\"first\"", keys + ", \"first\"")));
  };
  const auto said = places(R"("phases": 8, "pans": 5)");
  ASSERT_TRUE(said.ok()) << said.fault;
  EXPECT_EQ(said.value.tones->phases, 8);
  EXPECT_EQ(said.value.tones->pans, 5);
  EXPECT_EQ(places(R"("phases": 6)").fault,
            "configuration: 'model.tones.phases' is 6, wanted a power of two");
  EXPECT_EQ(places(R"("phases": 32)").fault,
            "configuration: 'model.tones.phases' is 32, wanted 1 to 16");
  EXPECT_EQ(places(R"("pans": 4)").fault,
            "configuration: 'model.tones.pans' is 4, wanted an odd number");
}

std::string BaseWithBands(const std::string& bands) {
  return Replaced(testing::kBaseConfig, "\"synthesis\"", "\"bands\": " + bands + ", \"synthesis\"");
}
constexpr char kBands[] = R"({"edges": [12, 18, 256], "step_db": 2.5, "from_quality": 6})";

TEST(Parse, KnowsLevelsOfBands) {
  const auto training = ParseModelConfig(BaseWithBands(kBands));
  ASSERT_TRUE(training.ok()) << training.fault;
  ASSERT_TRUE(training.value.bands.has_value());
  EXPECT_EQ(training.value.bands->edges, (std::vector<int64_t>{12, 18, 256}));
  EXPECT_EQ(training.value.bands->step_db, 2.5);
  EXPECT_EQ(training.value.bands->from_quality, 6);
  EXPECT_FALSE(ParseModelConfig(testing::kBaseConfig).value.bands.has_value());
  const auto file = ParseModelFileConfig(Whole(BaseWithBands(kBands)));
  ASSERT_TRUE(file.ok()) << file.fault;
  EXPECT_TRUE(file.value.model.bands.has_value());
}

TEST(Parse, LevelsOfBandsAreOfBandsThatThereAre) {
  const auto fault = [](const std::string& edges) {
    return ParseModelConfig(BaseWithBands(Replaced(kBands, "[12, 18, 256]", edges))).fault;
  };
  std::string most = "[1";
  for (int edge = 2; edge < 34; ++edge) most += ", " + std::to_string(edge);
  EXPECT_EQ(fault("[1, 256]"), "");
  EXPECT_EQ(fault(most + "]"), "") << "32 bands";
  EXPECT_EQ(fault(most + ", 34]"),
            "configuration: 'model.bands.edges' is a list, wanted a list of at most 33 integers");
  const std::string rise =
      "configuration: 'model.bands.edges' are to be two or more from 1 on, each above the one "
      "before";
  for (const char* edges : {"[]", "[12]", "[0, 12]", "[12, 12]", "[12, 20, 19]", "[20, 12]"})
    EXPECT_EQ(fault(edges), rise) << edges;
  EXPECT_EQ(fault("[12, 257]"),
            "configuration: an entry of 'model.bands.edges' is 257, wanted 0 to 256");
  EXPECT_EQ(fault("[-1, 12]"),
            "configuration: an entry of 'model.bands.edges' is -1, wanted 0 to 256");
  EXPECT_EQ(fault("[1.5, 12]"),
            "configuration: an entry of 'model.bands.edges' is 1.5, wanted 0 to 256");
  EXPECT_EQ(fault("7"),
            "configuration: 'model.bands.edges' is 7, wanted a list of at most 33 integers");
}

TEST(Parse, OfLevelsOfBandsItNamesTheKeyThatIsWrong) {
  const auto fault = [](const std::string& from, const std::string& to) {
    return ParseModelConfig(BaseWithBands(Replaced(kBands, from, to))).fault;
  };
  EXPECT_EQ(fault("\"from_quality\": 6", "\"from_quality\": 0"),
            "configuration: 'model.bands.from_quality' is 0, wanted 1 to 12");
  EXPECT_EQ(fault("\"from_quality\": 6", "\"from_quality\": 13"),
            "configuration: 'model.bands.from_quality' is 13, wanted 1 to 12");
  EXPECT_EQ(fault(", \"from_quality\": 6", ""),
            "configuration: missing key 'model.bands.from_quality'");
  EXPECT_EQ(fault("\"edges\": [12, 18, 256], ", ""),
            "configuration: missing key 'model.bands.edges'");
  EXPECT_EQ(fault("2.5", "0"),
            "configuration: 'model.bands.step_db' is 0, wanted a number from 0.1 to 20.0");
  EXPECT_EQ(fault("\"step_db\"", "\"step\": 1, \"step_db\""),
            "configuration: unknown key 'model.bands.step'");
  EXPECT_EQ(ParseModelConfig(BaseWithBands("[]")).fault,
            "configuration: 'model.bands' is not an object");
}

TEST(Parse, LevelsOfBandsNeedADelayOfWholePacketsAndAHop) {
  const std::string with = BaseWithBands(kBands);
  for (const char* lookahead : {"[1, 1, 1]", "[1, 2, 1]", "[1, 1, 3]"}) {
    const int more = lookahead[4] + lookahead[7] - '1' - '0';
    EXPECT_EQ(ParseModelConfig(Replaced(with, "[1, 1, 0]", lookahead)).fault,
              "configuration: 'model.bands.edges' need a delay of 4n + 1 hops; this model has " +
                  std::to_string(9 + more))
        << lookahead;
  }
  const auto longer = ParseModelConfig(Replaced(with, "[1, 1, 0]", "[1, 1, 4]"));
  ASSERT_TRUE(longer.ok()) << longer.fault;
  EXPECT_EQ(longer.value.bands_delay(), 3);
}

// A byte of the stream's header says how many there are.
TEST(Parse, PacketsWithTonesAndLevelsOfBandsHave255BytesAtMost) {
  const auto fault = [](int bands) {
    std::string edges = "[1";
    for (int edge = 2; edge <= bands + 1; ++edge) edges += ", " + std::to_string(edge);
    const std::string with = Replaced(BaseWithBands(Replaced(kBands, "[12, 18, 256]", edges + "]")),
                                      "\"per_level\": 4", "\"per_level\": 8");
    const std::string tones = R"("tones": {"first": 40, "lines": 240, "count": 64, "step_db": 3,
                                 "from_quality": 6, "phases": 8, "pans": 5}, "synthesis")";
    return ParseModelConfig(Replaced(with, "\"synthesis\"", tones)).fault;
  };
  EXPECT_EQ(fault(7), "") << "56 codes, 192 bytes of tones, 7 of levels";
  EXPECT_EQ(fault(8),
            "configuration: 'model.bands.edges' make packets of 256 bytes, wanted at most 255");
}

// The delay is counted in hops.
TEST(Parse, LevelsOfBandsOfAModelThatLacksItsHopAreAFault) {
  const std::string hop = "\"hop\": 256, ";
  EXPECT_EQ(ParseModelConfig(Replaced(BaseWithBands(kBands), hop, "")).fault,
            "configuration: missing key 'model.analysis.hop'");
  EXPECT_FALSE(ParseModelConfig(R"({"bands": {}})").ok());
}

// What a base configuration says with a ladder.
Parsed<ModelConfig> WithLadder(const std::string& ladder) {
  return ParseModelConfig(testing::WithLadder(testing::kBaseConfig, ladder));
}

TEST(Parse, KnowsLadders) {
  const auto config = WithLadder(testing::kLadder);
  ASSERT_TRUE(config.ok()) << config.fault;
  EXPECT_EQ(config.value.max_quality(), 12);
  ASSERT_EQ(config.value.own_ladder.size(), 12U);
  EXPECT_EQ(NameOf(config.value.own_ladder[6]), "coarse.2, coarse.3");
  EXPECT_EQ(NameOf(config.value.own_ladder[8]), "fine.2 even");
  EXPECT_EQ(NameOf(config.value.own_ladder[11]), "mid.3");
  EXPECT_TRUE(ParseModelConfig(testing::kBaseConfig).value.own_ladder.empty());
  const auto file =
      ParseModelFileConfig(Whole(testing::WithLadder(testing::kBaseConfig, testing::kLadder)));
  ASSERT_TRUE(file.ok()) << file.fault;
  EXPECT_EQ(file.value.model.own_ladder.size(), 12U);
  const auto scattered = WithLadder(testing::kScatteredLadder);
  ASSERT_TRUE(scattered.ok()) << scattered.fault;
  EXPECT_EQ(scattered.value.max_quality(), 11);
}

TEST(Parse, EntriesOfALadderAreNamesOfCodes) {
  const auto fault = [](const std::string& from, const std::string& to) {
    return WithLadder(Replaced(testing::kLadder, from, to)).fault;
  };
  const std::string wanted =
      R"(, wanted names like "mid.1", "coarse.2, coarse.3" or "fine.2 even")";
  EXPECT_EQ(fault("\"mid.2\"", "\"middle.2\""),
            "configuration: 'model.ladder' is \"middle.2\"" + wanted);
  EXPECT_EQ(fault("\"coarse.2, coarse.3\"", "\"coarse.2,coarse.3\""),
            "configuration: 'model.ladder' is \"coarse.2,coarse.3\"" + wanted);
  EXPECT_EQ(fault("\"coarse.0\"", "\"coarse.0 even\""),
            "configuration: 'model.ladder' is \"coarse.0 even\"" + wanted);
  EXPECT_EQ(fault("\"mid.3\"", "\"\""), "configuration: 'model.ladder' is \"\"" + wanted);
  EXPECT_EQ(fault("\"mid.3\"", "3"),
            "configuration: an entry of 'model.ladder' is 3, wanted a string");
  EXPECT_EQ(fault("\"mid.3\"", "[\"mid.3\"]"),
            "configuration: an entry of 'model.ladder' is a list, wanted a string");
  EXPECT_EQ(fault("\"mid.3\"", "null"),
            "configuration: an entry of 'model.ladder' is null, wanted a string");
  const std::string list = "wanted a list of 1 to ";
  for (const auto& [ladder, shown] : std::vector<std::pair<std::string, std::string>>{
           {"[]", "a list"}, {"{}", "an object"}, {"\"mid.1\"", "\"mid.1\""}, {"7", "7"}})
    EXPECT_EQ(
        WithLadder(ladder).fault.find("configuration: 'model.ladder' is " + shown + ", " + list),
        0U)
        << WithLadder(ladder).fault;
}

TEST(Parse, ALadderHasEveryCodeOnce) {
  const auto fault = [](const std::string& from, const std::string& to) {
    return WithLadder(Replaced(testing::kLadder, from, to)).fault;
  };
  const std::string ladder = "configuration: 'model.ladder' ";
  EXPECT_EQ(fault(", \"mid.3\"", ""), ladder + "lacks codes of mid.3");
  EXPECT_EQ(fault("\"fine.2 odd\", \"fine.3\", ", "\"fine.3 even\", "),
            ladder + "lacks codes of fine.2");
  EXPECT_EQ(fault("\"mid.3\"", "\"mid.3 odd\""), ladder + "lacks codes of mid.3");
  EXPECT_EQ(fault("coarse.2, coarse.3", "coarse.2"), ladder + "lacks codes of coarse.3");
  EXPECT_EQ(fault("\"mid.3\"", "\"mid.3\", \"mid.3\""), ladder + "has mid.3 too many");
  EXPECT_EQ(fault("\"mid.3\"", "\"mid.3\", \"fine.3 odd\""), ladder + "has fine.3 odd too many");
  EXPECT_EQ(fault("\"coarse.1\"", "\"coarse.0\""), ladder + "has coarse.0 where coarse.1 is due");
  EXPECT_EQ(fault("\"fine.2 odd\"", "\"fine.2\""), ladder + "has fine.2 where fine.3 is due");
  EXPECT_EQ(fault("\"mid.3\"", "\"mid.3\", \"mid.4\""), ladder + "has mid.4 too many");
}

TEST(Parse, OfALadderTheQuantizersOfALevelComeInOrderInEachFrame) {
  const auto fault = [](const std::string& from, const std::string& to) {
    return WithLadder(Replaced(testing::kLadder, from, to)).fault;
  };
  const std::string ladder = "configuration: 'model.ladder' ";
  EXPECT_EQ(fault("\"coarse.0\", \"coarse.1\"", "\"coarse.1\", \"coarse.0\""),
            ladder + "has coarse.1 where coarse.0 is due");
  EXPECT_EQ(fault("coarse.2, coarse.3", "coarse.3, coarse.2"),
            ladder + "has coarse.3 where coarse.2 is due");
  EXPECT_EQ(fault("\"fine.2 odd\", \"fine.3\"", "\"fine.3\", \"fine.2 odd\""),
            ladder + "has fine.3 where fine.2 is due");
  EXPECT_EQ(fault("\"fine.2 odd\", \"fine.3\"", "\"fine.3 even\", \"fine.2 odd\", \"fine.3 odd\""),
            "")
      << "frame by frame";
}

TEST(Parse, QualitiesAreThoseOfTheLadder) {
  const std::string scattered =
      testing::WithLadder(testing::kBaseConfig, testing::kScatteredLadder);
  const std::string tones =
      R"("tones": {"first": 40, "lines": 240, "count": 8, "step_db": 6, "from_quality": 12}, )";
  EXPECT_EQ(ParseModelConfig(Replaced(scattered, "\"synthesis\"", tones + "\"synthesis\"")).fault,
            "configuration: 'model.tones.from_quality' is 12, wanted 1 to 11");
  const std::string bands = R"("bands": {"edges": [1, 9], "step_db": 3, "from_quality": 12}, )";
  EXPECT_EQ(ParseModelConfig(Replaced(scattered, "\"synthesis\"", bands + "\"synthesis\"")).fault,
            "configuration: 'model.bands.from_quality' is 12, wanted 1 to 11");
  EXPECT_EQ(
      ParseModelConfig(Replaced(scattered, "\"default_quality\": 6", "\"default_quality\": 12"))
          .fault,
      "configuration: 'model.default_quality' is 12, wanted 1 to 11");
  EXPECT_TRUE(
      ParseModelConfig(Replaced(scattered, "\"default_quality\": 6", "\"default_quality\": 11"))
          .ok());
}

TEST(Parse, ALadderHas24QualitiesAtMost) {
  std::string steps;  // of five quantizers per level, by halves: 25
  for (int i = 0; i < 5; ++i) {
    for (const char* codes : {"coarse.#", "mid.# even", "mid.# odd", "fine.# even", "fine.# odd"})
      steps += ", \"" + Replaced(codes, "#", std::to_string(i)) + "\"";
  }
  const std::string all = "[" + steps.substr(2) + "]";
  const auto fault = [](const std::string& ladder) {
    return ParseModelConfig(Replaced(testing::WithLadder(testing::kBaseConfig, ladder),
                                     "\"per_level\": 4", "\"per_level\": 5"))
        .fault;
  };
  EXPECT_EQ(fault(all),
            "configuration: 'model.ladder' is a list, wanted a list of 1 to 24 strings");
  EXPECT_EQ(fault(Replaced(all, "odd\", \"fine", "odd, fine")), "");
}

TEST(Parse, ThePartThatIsAbsentIsNone) {
  const std::string entropy =
      R"("entropy": {"embedding": 6, "hidden": 24, "codec_identity": "fedcba9876543210"}, "info")";
  EXPECT_FALSE(ParseModelFileConfig(Whole(testing::kBaseConfig)).value.entropy.has_value());
  const auto with =
      ParseModelFileConfig(Replaced(Whole(testing::kBaseConfig), "\"info\"", entropy));
  ASSERT_TRUE(with.ok()) << with.fault;
  ASSERT_TRUE(with.value.entropy.has_value());
  EXPECT_EQ(with.value.entropy->embedding, 6);
  EXPECT_EQ(with.value.entropy->hidden, 24);
  EXPECT_EQ(with.value.entropy->codec_identity, "fedcba9876543210");
}

TEST(Parse, APartThatIsThereIsWholeAndRight) {
  const auto error_of = [](const std::string& entropy) {
    return ErrorAfter("\"info\"", "\"entropy\": " + entropy + ", \"info\"");
  };
  EXPECT_EQ(error_of("null"), "configuration: 'entropy' is not an object");
  EXPECT_EQ(error_of("{}"), "configuration: missing key 'entropy.embedding'");
  EXPECT_EQ(error_of(R"({"embedding": 65, "hidden": 24, "codec_identity": "fedcba9876543210"})"),
            "configuration: 'entropy.embedding' is 65, wanted 1 to 64");
  EXPECT_EQ(error_of(R"({"embedding": 6, "hidden": 513, "codec_identity": "fedcba9876543210"})"),
            "configuration: 'entropy.hidden' is 513, wanted 1 to 512");
  EXPECT_EQ(error_of(R"({"embedding": 6, "hidden": 24, "codec_identity": "FEDCBA9876543210"})"),
            "configuration: 'entropy.codec_identity' is \"FEDCBA9876543210\", wanted 16 lower-case "
            "hexadecimal digits");
  EXPECT_EQ(error_of(R"({"embedding": 6, "hidden": 24, "codec_identity": "fedcba9876543210",
                         "layers": 2})"),
            "configuration: unknown key 'entropy.layers'");
}

TEST(Parse, NamesTheKeyThatIsWrong) {
  EXPECT_EQ(ErrorAfter("\"hop\": 256", "\"hop\": 255"),
            "configuration: 'model.analysis.hop' is 255, wanted an even number");
  EXPECT_EQ(ErrorAfter("\"packet\": 1024", "\"packet\": 1000"),
            "configuration: 'model.packet' is 1000, wanted 1024");
  EXPECT_EQ(ErrorAfter("\"width\": 192", "\"width\": \"wide\""),
            "configuration: 'model.encoder.mid.width' is \"wide\", wanted 1 to 4096");
  EXPECT_EQ(ErrorAfter("\"power\": 0.4", "\"power\": 2"),
            "configuration: 'model.analysis.power' is 2, wanted a number from 0.0 to 1.0");
  EXPECT_EQ(ErrorAfter("\"type\": \"stft\"", "\"type\": \"mdct\""),
            "configuration: 'model.analysis.type' is \"mdct\", wanted \"stft\"");
  EXPECT_EQ(ErrorAfter("[1, 1]", "[1, 7]"),
            "configuration: an entry of 'model.encoder.fine.lookahead' is 7, wanted 0 to 6");
  EXPECT_EQ(ErrorAfter("\"hidden\": 64", "\"hiding\": 64"),
            "configuration: missing key 'model.conditioning.hidden'");
  EXPECT_EQ(ErrorAfter("\"hidden\": 64", "\"hidden\": 64, \"extra\": 1"),
            "configuration: unknown key 'model.conditioning.extra'");
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"more\": 1"),
            "configuration: unknown key 'more'");
  EXPECT_EQ(ErrorAfter("0123456789abcdef", "0123"),
            "configuration: 'identity' is \"0123\", wanted 16 lower-case hexadecimal digits");
}

TEST(Parse, SuggestsTheKeyThatMayHaveBeenMeant) {
  EXPECT_EQ(ErrorAfter("\"hidden\": 64", "\"hidden\": 64, \"croma\": 1"),
            "configuration: unknown key 'model.conditioning.croma'; did you mean "
            "'model.conditioning.chroma'?");
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"identities\": 1"),
            "configuration: unknown key 'identities'; did you mean 'identity'?");
}

TEST(Parse, RefusesOtherTypes) {
  for (const char* value : {"null", "true", "-1", "1.5", "\"x\"", "[]", "{}", "1e99",
                            "99999999999999999999999", "18446744073709551615"}) {
    EXPECT_NE(ErrorAfter("\"sample_rate\": 44100", std::string("\"sample_rate\": ") + value), "");
    EXPECT_NE(ErrorAfter("\"block\": {", std::string("\"block\": ") + value + ", \"rest\": {"), "");
    EXPECT_NE(ErrorAfter("\"lookahead\": [1, 1]", std::string("\"lookahead\": [") + value + "]"),
              "");
  }
}

TEST(Parse, TakesNoTextFromTheFileIntoMessagesUnfiltered) {
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"\\u001b[2J\": 1"),
            "configuration: unknown key '\\u001b[2J'");
  EXPECT_EQ(ErrorAfter("\"info\": {}",
                       "\"info\": {}, \"\xC2\x9B"
                       "2J\": 1"),
            "configuration: unknown key '\\u009b2J'");
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"" + std::string(100000, 'x') + "\": 1"),
            "configuration: unknown key '" + std::string(37, 'x') + "...'");
  EXPECT_EQ(ErrorAfter("\"sample_rate\": 44100",
                       "\"sample_rate\": \"\xC2\x9B"
                       "2J\""),
            "configuration: 'model.sample_rate' is \"\\u009b2J\", wanted 8000 to 192000");
}

// Neither reading nor naming it may take stack for each level.
TEST(Parse, RefusesDeepNestingWhereverItStands) {
  constexpr size_t kDepth = 100000;
  const std::string lists = std::string(kDepth, '[') + std::string(kDepth, ']');
  EXPECT_EQ(ErrorAfter("\"sample_rate\": 44100", "\"sample_rate\": " + lists),
            "configuration: 'model.sample_rate' is a list, wanted 8000 to 192000");
  EXPECT_EQ(ErrorAfter("[1, 1]", lists),
            "configuration: an entry of 'model.encoder.fine.lookahead' is a list, wanted 0 to 6");
  EXPECT_EQ(ErrorAfter("\"power\": 0.4", "\"power\": {\"a\": " + lists + "}"),
            "configuration: 'model.analysis.power' is an object, wanted a number from 0.0 to "
            "1.0");
  EXPECT_EQ(ErrorAfter("\"type\": \"stft\"", "\"type\": " + lists),
            "configuration: 'model.analysis.type' is a list, wanted \"stft\"");
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"more\": " + lists),
            "configuration: unknown key 'more'");
}

TEST(Parse, RefusesWhatIsNotJson) {
  for (const std::string text : {"", "{", "[1, 2", "nul", "\xff\xfe", "{\"model\": }"}) {
    EXPECT_EQ(ParseModelFileConfig(text).fault, "the configuration is not valid JSON") << text;
    EXPECT_EQ(ParseModelConfig(text).fault, "the configuration is not valid JSON") << text;
  }
  for (const std::string text : {"1", "[]", "null", "\"model\""}) {
    EXPECT_FALSE(ParseModelFileConfig(text).ok()) << text;
    EXPECT_FALSE(ParseModelConfig(text).ok()) << text;
  }
  // Deep nesting must not exhaust the stack.
  const std::string deep(200000, '[');
  EXPECT_FALSE(ParseModelFileConfig(deep).ok());
  EXPECT_FALSE(ParseModelFileConfig(deep + std::string(200000, ']')).ok());
}

}  // namespace
}  // namespace motet
