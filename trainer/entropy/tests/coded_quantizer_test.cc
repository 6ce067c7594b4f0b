// The order of coding and the contexts, against docs/FORMAT.md.
#include "entropy/coded_quantizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "random_tensors.h"
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

// The context of frame `frame` of a quantizer: name and frame of each code, frames being counted
// from the beginning of the packet.
std::vector<std::pair<std::string, int64_t>> ContextOf(const std::string& name, size_t frame,
                                                       const ModelConfig& config = ConfigOf(4, 2)) {
  const auto quantizers = CodedQuantizers(config);
  std::vector<std::pair<std::string, int64_t>> context;
  for (const CodedQuantizer& each : quantizers) {
    if (each.name() != name) continue;
    for (const ContextCode& code : each.context) {
      context.emplace_back(quantizers[static_cast<size_t>(code.quantizer)].name(),
                           code.frames.at(frame));
    }
  }
  return context;
}

using Context = std::vector<std::pair<std::string, int64_t>>;

TEST(CodedQuantizers, HaveThePlacesOfTheirCodesInAPacket) {
  std::vector<std::string> names;
  const auto first_offsets = [](const ModelConfig& config) {
    std::vector<int64_t> offsets;
    for (const CodedQuantizer& each : CodedQuantizers(config))
      offsets.push_back(each.places.front().offset);
    return offsets;
  };
  for (const CodedQuantizer& each : CodedQuantizers(ConfigOf(4, 2))) names.push_back(each.name());
  EXPECT_THAT(names, ElementsAre("coarse.0", "coarse.1", "mid.0", "mid.1", "fine.0", "fine.1",
                                 "coarse.2", "coarse.3", "mid.2", "mid.3", "fine.2", "fine.3"));
  EXPECT_THAT(first_offsets(ConfigOf(4, 2)),
              ElementsAre(0, 1, 2, 4, 6, 10, 14, 15, 16, 18, 20, 24));
  // The 8 bytes of tones stand behind the codes of quality 6.
  EXPECT_THAT(first_offsets(ParseModelConfig(TinyModelWithTonesJson())),
              ElementsAre(0, 1, 2, 4, 6, 10, 22, 23, 24, 26, 28, 32));
  EXPECT_THAT(first_offsets(ParseModelConfig(WithLadderJson(TinyModelJson(), testing::kLadder))),
              ElementsAre(0, 1, 2, 4, 6, 10, 14, 15, 16, 26, 18, 22));
}

TEST(Contexts, AreTheSameWhateverTheLadder) {
  const ModelConfig own =
      ParseModelConfig(WithLadderJson(TinyModelJson(), testing::kScatteredLadder));
  for (const LadderQuantizer& each : own.quantizers()) {
    for (size_t frame = 0; frame < static_cast<size_t>(each.frames()); ++frame)
      EXPECT_EQ(ContextOf(each.name(), frame, own), ContextOf(each.name(), frame)) << each.name();
  }
}

TEST(Contexts, HaveTheNumberOfCodesThatTheFormatImplies) {
  std::map<std::string, size_t> count;
  for (const CodedQuantizer& each : CodedQuantizers(ConfigOf(4, 2)))
    count[each.name()] = each.context.size();
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

// The order that the format describes: quantizer and frame of each code of a packet.
std::vector<std::pair<int64_t, int64_t>> CodingOrder(const ModelConfig& config) {
  const auto quantizers = config.quantizers();
  const auto context = config.quantizer.context;
  std::vector<std::pair<int64_t, int64_t>> order;
  for (int64_t first = 0; first < config.quantizer.per_level; first += context) {
    for (const Level level : {kCoarse, kMid, kFine}) {
      for (int64_t frame = 0; frame < kFramesPerPacket[level]; ++frame) {
        for (size_t i = 0; i < quantizers.size(); ++i) {
          if (quantizers[i].level != level || quantizers[i].quantizer < first ||
              quantizers[i].quantizer >= first + context)
            continue;
          order.emplace_back(static_cast<int64_t>(i), frame);
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
      const auto quantizers = CodedQuantizers(config);
      const auto order = CodingOrder(config);
      std::map<std::pair<int64_t, int64_t>, size_t> when;
      for (size_t i = 0; i < order.size(); ++i) when[order[i]] = i;
      ASSERT_EQ(static_cast<int64_t>(when.size()), config.packet_bytes(config.max_quality()));
      for (size_t i = 0; i < order.size(); ++i) {
        const auto& [own, frame] = order[i];
        for (const ContextCode& code : quantizers[static_cast<size_t>(own)].context) {
          const int64_t seen = code.frames.at(static_cast<size_t>(frame));
          const int64_t rate = quantizers[static_cast<size_t>(code.quantizer)].frames();
          ASSERT_GE(seen, -kContextPackets * rate);
          ASSERT_LT(seen, rate);
          if (seen < 0) continue;
          ASSERT_LT(when.at({code.quantizer, seen}), i)
              << quantizers[static_cast<size_t>(own)].name() << " sees "
              << quantizers[static_cast<size_t>(code.quantizer)].name() << ", " << per_level
              << " per level, " << context << " in a stage";
        }
      }
    }
  }
}

}  // namespace
}  // namespace motet::trainer
