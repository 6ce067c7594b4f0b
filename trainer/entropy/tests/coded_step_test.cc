// The order of coding and the contexts, against docs/FORMAT.md.
#include "entropy/coded_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "tests/tiny_model.h"

namespace motet::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

ModelConfig ConfigOf(int64_t per_level, int64_t context) {
  auto json = TinyModelJson();
  json["quantizer"]["per_level"] = per_level;
  json["quantizer"]["context"] = context;
  return ParseModelConfig(json);
}

// The context of frame `frame` of a step: name and frame of each code, frames being counted from
// the beginning of the packet.
std::vector<std::pair<std::string, int64_t>> ContextOf(const std::string& name, size_t frame) {
  const auto steps = CodedSteps(ConfigOf(4, 2));
  std::vector<std::pair<std::string, int64_t>> context;
  for (const CodedStep& step : steps) {
    if (step.name() != name) continue;
    for (const ContextCode& code : step.context)
      context.emplace_back(steps[static_cast<size_t>(code.step)].name(), code.frames.at(frame));
  }
  return context;
}

using Context = std::vector<std::pair<std::string, int64_t>>;

TEST(CodedSteps, HaveThePlacesOfTheirCodesInAPacket) {
  std::vector<std::string> names;
  std::vector<int64_t> offsets, offsets_with_tones;
  for (const CodedStep& step : CodedSteps(ConfigOf(4, 2))) {
    names.push_back(step.name());
    offsets.push_back(step.offset);
  }
  EXPECT_THAT(names, ElementsAre("coarse.0", "coarse.1", "mid.0", "mid.1", "fine.0", "fine.1",
                                 "coarse.2", "coarse.3", "mid.2", "mid.3", "fine.2", "fine.3"));
  EXPECT_THAT(offsets, ElementsAre(0, 1, 2, 4, 6, 10, 14, 15, 16, 18, 20, 24));
  // The 8 bytes of tones stand behind the codes of quality 6.
  for (const CodedStep& step : CodedSteps(ParseModelConfig(TinyModelWithTonesJson())))
    offsets_with_tones.push_back(step.offset);
  EXPECT_THAT(offsets_with_tones, ElementsAre(0, 1, 2, 4, 6, 10, 22, 23, 24, 26, 28, 32));
}

TEST(Contexts, HaveTheNumberOfCodesThatTheFormatImplies) {
  std::map<std::string, size_t> count;
  for (const CodedStep& step : CodedSteps(ConfigOf(4, 2))) count[step.name()] = step.context.size();
  const std::map<std::string, size_t> expected = {
      {"coarse.0", 17}, {"coarse.1", 18}, {"mid.0", 13},    {"mid.1", 14},
      {"fine.0", 13},   {"fine.1", 14},   {"coarse.2", 21}, {"coarse.3", 22},
      {"mid.2", 17},    {"mid.3", 18},    {"fine.2", 17},   {"fine.3", 18}};
  EXPECT_EQ(count, expected);
}

TEST(Contexts, AreTheCodesOfTheFormatInItsOrder) {
  EXPECT_THAT(ContextOf("coarse.1", 0),
              ElementsAreArray(Context{{"coarse.1", -1},
                                       {"coarse.1", -2},
                                       {"coarse.1", -3},
                                       {"coarse.1", -4},
                                       {"coarse.0", 0},
                                       {"coarse.0", -1},  // says it first
                                       {"mid.0", -2},
                                       {"mid.0", -1},  // the packet before
                                       {"mid.1", -2},
                                       {"mid.1", -1},
                                       {"fine.0", -4},
                                       {"fine.0", -3},
                                       {"fine.0", -2},
                                       {"fine.0", -1},
                                       {"fine.1", -4},
                                       {"fine.1", -3},
                                       {"fine.1", -2},
                                       {"fine.1", -1}}));
  EXPECT_THAT(ContextOf("mid.0", 1), ElementsAreArray(Context{{"mid.0", 0},
                                                              {"mid.0", -1},
                                                              {"mid.0", -2},
                                                              {"mid.0", -3},
                                                              {"coarse.0", 0},
                                                              {"coarse.0", -1},
                                                              {"coarse.1", 0},
                                                              {"coarse.1", -1},
                                                              {"mid.1", 0},  // comes after it
                                                              {"fine.0", -2},
                                                              {"fine.0", -1},
                                                              {"fine.1", -2},
                                                              {"fine.1", -1}}));
  EXPECT_THAT(ContextOf("fine.1", 2), ElementsAreArray(Context{{"fine.1", 1},
                                                               {"fine.1", 0},
                                                               {"fine.1", -1},
                                                               {"fine.1", -2},
                                                               {"coarse.0", 0},
                                                               {"coarse.0", -1},
                                                               {"coarse.1", 0},
                                                               {"coarse.1", -1},
                                                               {"mid.0", 1},
                                                               {"mid.0", 0},
                                                               {"mid.1", 1},
                                                               {"mid.1", 0},
                                                               {"fine.0", 2},
                                                               {"fine.0", 1}}));
  EXPECT_THAT(ContextOf("mid.2", 1), ElementsAreArray(Context{{"mid.2", 0},
                                                              {"mid.2", -1},
                                                              {"mid.2", -2},
                                                              {"mid.2", -3},
                                                              {"coarse.0", 0},
                                                              {"coarse.0", -1},
                                                              {"coarse.1", 0},
                                                              {"coarse.1", -1},
                                                              {"mid.0", 1},
                                                              {"mid.0", 0},
                                                              {"mid.1", 1},
                                                              {"mid.1", 0},
                                                              {"fine.0", 2},
                                                              {"fine.0", 3},
                                                              {"fine.1", 2},
                                                              {"fine.1", 3},  // said by now
                                                              {"mid.3", 0}}));
}

// The order that the format describes: step and frame of each code of a packet.
std::vector<std::pair<int64_t, int64_t>> CodingOrder(const ModelConfig& config) {
  const auto ladder = config.ladder();
  const auto context = config.quantizer.context;
  std::vector<std::pair<int64_t, int64_t>> order;
  for (int64_t first = 0; first < config.quantizer.per_level; first += context) {
    for (const Level level : {kCoarse, kMid, kFine}) {
      for (int64_t frame = 0; frame < kFramesPerPacket[level]; ++frame) {
        for (size_t step = 0; step < ladder.size(); ++step) {
          if (ladder[step].level != level || ladder[step].quantizer < first ||
              ladder[step].quantizer >= first + context)
            continue;
          order.emplace_back(static_cast<int64_t>(step), frame);
        }
      }
    }
  }
  return order;
}

TEST(Contexts, NeverHoldACodeThatTheDecoderDoesNotHaveYet) {
  for (int64_t per_level = 2; per_level <= 8; ++per_level) {
    for (int64_t context = 1; context <= per_level; ++context) {
      const ModelConfig config = ConfigOf(per_level, context);
      const auto steps = CodedSteps(config);
      const auto order = CodingOrder(config);
      std::map<std::pair<int64_t, int64_t>, size_t> when;
      for (size_t i = 0; i < order.size(); ++i) when[order[i]] = i;
      ASSERT_EQ(static_cast<int64_t>(when.size()), config.packet_bytes(config.max_quality()));
      for (size_t i = 0; i < order.size(); ++i) {
        const auto& [step, frame] = order[i];
        for (const ContextCode& code : steps[static_cast<size_t>(step)].context) {
          const int64_t seen = code.frames.at(static_cast<size_t>(frame));
          const int64_t rate = steps[static_cast<size_t>(code.step)].codes;
          ASSERT_GE(seen, -kContextPackets * rate);
          ASSERT_LT(seen, rate);
          if (seen < 0) continue;
          ASSERT_LT(when.at({code.step, seen}), i)
              << steps[static_cast<size_t>(step)].name() << " sees "
              << steps[static_cast<size_t>(code.step)].name() << ", " << per_level << " per level, "
              << context << " in a stage";
        }
      }
    }
  }
}

}  // namespace
}  // namespace motet::trainer
