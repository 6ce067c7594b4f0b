// Tests that the configuration in a model file is read strictly: each key that is missing, unknown,
// of the wrong type or out of range is an error that names it. And what follows from it: delay,
// ladder, packet sizes.
#include "model_file/config.h"

#include <gtest/gtest.h>

#include <string>

#include "random_model.h"

namespace motet::core {
namespace {

std::string Whole(const std::string& model) {
  return "{\"model\": " + model + ", \"identity\": \"0123456789abcdef\", \"info\": {}}";
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// The error of the base configuration after a replacement.
std::string ErrorAfter(const std::string& from, const std::string& to) {
  const auto config = ParseModelFileConfig(Replaced(Whole(testing::kBaseConfig), from, to), "file");
  EXPECT_FALSE(config.ok()) << from << " -> " << to;
  if (config.ok()) return "";
  EXPECT_EQ(config.status().code(), StatusCode::kCorrupt);
  return config.status().message();
}

TEST(Config, ReadsTheBaseConfiguration) {
  const auto config = ParseModelFileConfig(Whole(testing::kBaseConfig), "file");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->identity, "0123456789abcdef");
  const ModelConfig& model = config->model;
  EXPECT_EQ(model.name, "motet");
  EXPECT_EQ(model.sample_rate, 44100);
  EXPECT_EQ(model.encoder.levels[kMid].width, 192u);
  EXPECT_EQ(model.decoder.levels[kFine].lookahead, (std::vector<size_t>{1, 1, 0}));
  EXPECT_EQ(model.analysis.power, 0.4);
  EXPECT_EQ(model.conditioning.total(), 17u);
  EXPECT_EQ(model.delay(), 256u * (1 + 2 + 0 + 0 + 4 + 0 + 2));
  EXPECT_EQ(model.decoder_lookahead(), 6u);
  EXPECT_EQ(model.max_quality(), 12);
  EXPECT_EQ(model.packet_bytes(6), 14u);
  EXPECT_EQ(model.packet_bytes(12), 28u);
}

TEST(Config, TakesLadderStepsFromCoarseToFineInPairs) {
  const auto config = ParseModelFileConfig(Whole(testing::kBaseConfig), "file");
  const std::vector<LadderStep> ladder = config->model.ladder();
  ASSERT_EQ(ladder.size(), 12u);
  EXPECT_EQ(ladder[2].level, kMid);
  EXPECT_EQ(ladder[2].quantizer, 0u);
  EXPECT_EQ(ladder[2].codes, 2u);
  EXPECT_EQ(ladder[2].offset, 2u);
  EXPECT_EQ(ladder[7].level, kCoarse);
  EXPECT_EQ(ladder[7].quantizer, 3u);
  EXPECT_EQ(ladder[11].offset, 24u);
}

TEST(Config, NamesTheKeyThatIsWrong) {
  EXPECT_EQ(ErrorAfter("\"hop\": 256", "\"hop\": 255"),
            "file: configuration: 'model.analysis.hop' is 255, wanted an even number");
  EXPECT_EQ(ErrorAfter("\"packet\": 1024", "\"packet\": 1000"),
            "file: configuration: 'model.packet' is 1000, wanted 1024");
  EXPECT_EQ(ErrorAfter("\"width\": 192", "\"width\": \"wide\""),
            "file: configuration: 'model.encoder.mid.width' is \"wide\", wanted 1 to 4096");
  EXPECT_EQ(ErrorAfter("\"power\": 0.4", "\"power\": 2"),
            "file: configuration: 'model.analysis.power' is 2, wanted a number from 0.0 to 1.0");
  EXPECT_EQ(ErrorAfter("\"type\": \"stft\"", "\"type\": \"mdct\""),
            "file: configuration: 'model.analysis.type' is \"mdct\", wanted \"stft\"");
  EXPECT_EQ(ErrorAfter("[1, 1]", "[1, 7]"),
            "file: configuration: an entry of 'model.encoder.fine.lookahead' is 7, wanted 0 to 6");
  EXPECT_EQ(ErrorAfter("\"hidden\": 64", "\"hiding\": 64"),
            "file: configuration: missing key 'model.conditioning.hidden'");
  EXPECT_EQ(ErrorAfter("\"hidden\": 64", "\"hidden\": 64, \"extra\": 1"),
            "file: configuration: unknown key 'model.conditioning.extra'");
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"more\": 1"),
            "file: configuration: unknown key 'more'");
  EXPECT_EQ(ErrorAfter("0123456789abcdef", "0123"),
            "file: configuration: 'identity' is not 16 lower-case hexadecimal digits");
}

TEST(Config, RefusesOtherTypes) {
  for (const char* value : {"null", "true", "-1", "1.5", "\"x\"", "[]", "{}", "1e99",
                            "99999999999999999999999", "18446744073709551615"}) {
    EXPECT_NE(ErrorAfter("\"sample_rate\": 44100", std::string("\"sample_rate\": ") + value), "");
    EXPECT_NE(ErrorAfter("\"block\": {", std::string("\"block\": ") + value + ", \"rest\": {"), "");
    EXPECT_NE(ErrorAfter("\"lookahead\": [1, 1]", std::string("\"lookahead\": [") + value + "]"),
              "");
  }
}

TEST(Config, TakesNoTextFromTheFileIntoMessagesUnfiltered) {
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"\\u001b[2J\": 1"),
            "file: configuration: unknown key '\\u001b[2J'");
  EXPECT_EQ(ErrorAfter("\"info\": {}",
                       "\"info\": {}, \"\xC2\x9B"
                       "2J\": 1"),
            "file: configuration: unknown key '\\u009b2J'");
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"" + std::string(100000, 'x') + "\": 1"),
            "file: configuration: unknown key '" + std::string(37, 'x') + "...'");
  EXPECT_EQ(ErrorAfter("\"sample_rate\": 44100",
                       "\"sample_rate\": \"\xC2\x9B"
                       "2J\""),
            "file: configuration: 'model.sample_rate' is \"\\u009b2J\", wanted 8000 to 192000");
}

// Neither reading nor naming it may take stack for each level.
TEST(Config, RefusesDeepNestingWhereverItStands) {
  constexpr size_t kDepth = 1000000;
  const std::string lists = std::string(kDepth, '[') + std::string(kDepth, ']');
  EXPECT_EQ(ErrorAfter("\"sample_rate\": 44100", "\"sample_rate\": " + lists),
            "file: configuration: 'model.sample_rate' is a list, wanted 8000 to 192000");
  EXPECT_EQ(
      ErrorAfter("[1, 1]", lists),
      "file: configuration: an entry of 'model.encoder.fine.lookahead' is a list, wanted 0 to 6");
  EXPECT_EQ(ErrorAfter("\"power\": 0.4", "\"power\": {\"a\": " + lists + "}"),
            "file: configuration: 'model.analysis.power' is an object, wanted a number from 0.0 to "
            "1.0");
  EXPECT_EQ(ErrorAfter("\"type\": \"stft\"", "\"type\": " + lists),
            "file: configuration: 'model.analysis.type' is a list, wanted \"stft\"");
  EXPECT_EQ(ErrorAfter("\"info\": {}", "\"info\": {}, \"more\": " + lists),
            "file: configuration: unknown key 'more'");
}

TEST(Config, RefusesWhatIsNotJson) {
  for (const std::string text : {"", "{", "[1, 2", "nul", "\xff\xfe", "{\"model\": }"}) {
    const auto config = ParseModelFileConfig(text, "file");
    ASSERT_FALSE(config.ok()) << text;
    EXPECT_EQ(config.status().message(), "file: the configuration is not valid JSON");
  }
  for (const std::string text : {"1", "[]", "null", "\"model\""}) {
    EXPECT_FALSE(ParseModelFileConfig(text, "file").ok()) << text;
  }
  // Deep nesting must not exhaust the stack.
  const std::string deep(200000, '[');
  EXPECT_FALSE(ParseModelFileConfig(deep, "file").ok());
  EXPECT_FALSE(ParseModelFileConfig(deep + std::string(200000, ']'), "file").ok());
}

}  // namespace
}  // namespace motet::core
