// Tests the order of coding and the contexts against docs/FORMAT.md: by hand for a few, by their
// promise for all. How they are used is in page_coder_test.cc.
#include "entropy_coding/coding_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "random_model.h"

namespace motet::core {
namespace {

ModelConfig Config() { return testing::ConfigOf(testing::kBaseConfig); }

// "c0" for coarse.0, … and its place: "m1[3]-1" is byte 3 of the packet before.
std::string Text(const ModelConfig& config, const ContextCode& code) {
  const LadderStep step = config.ladder()[code.step];
  std::string text = std::string(1, kLevelNames[step.level][0]) + std::to_string(step.quantizer);
  text += code.offset ? "[" + std::to_string(*code.offset) + "]" : "[none]";
  if (code.packets_back > 0) text += "-" + std::to_string(code.packets_back);
  return text;
}

std::string ContextText(int quality, size_t offset) {
  const ModelConfig config = Config();
  std::string text;
  for (const CodingSlot& slot : CodingOrder(config, quality)) {
    if (slot.offset != offset) continue;
    for (const ContextCode& code : slot.context)
      text += (text.empty() ? "" : " ") + Text(config, code);
  }
  return text;
}

// Bytes of a packet: c0 0, c1 1, m0 2-3, m1 4-5, f0 6-9, f1 10-13, c2 14, c3 15, m2 16-17, m3
// 18-19, f2 20-23, f3 24-27.
TEST(CodingOrder, GoesThroughStagesLevelsFramesQuantizers) {
  std::vector<size_t> offsets;
  for (const CodingSlot& slot : CodingOrder(Config(), 12)) offsets.push_back(slot.offset);
  EXPECT_EQ(offsets, (std::vector<size_t>{0,  1,  2,  4,  3,  5,  6,  10, 7,  11, 8,  12, 9,  13,
                                          14, 15, 16, 18, 17, 19, 20, 24, 21, 25, 22, 26, 23, 27}));
  offsets.clear();
  for (const CodingSlot& slot : CodingOrder(Config(), 5)) offsets.push_back(slot.offset);
  EXPECT_EQ(offsets, (std::vector<size_t>{0, 1, 2, 4, 3, 5, 6, 7, 8, 9}));
}

TEST(CodingOrder, ContextsAreThoseOfTheSpecification) {
  EXPECT_EQ(ContextText(6, 0),  // c0
            "c0[0]-1 c0[0]-2 c0[0]-3 c0[0]-4 c1[1]-1 m0[2]-1 m0[3]-1 m1[4]-1 m1[5]-1 f0[6]-1 "
            "f0[7]-1 f0[8]-1 f0[9]-1 f1[10]-1 f1[11]-1 f1[12]-1 f1[13]-1");
  EXPECT_EQ(ContextText(6, 5),  // the second m1
            "m1[4] m1[5]-1 m1[4]-1 m1[5]-2 c0[0] c0[0]-1 c1[1] c1[1]-1 m0[3] m0[2] f0[8]-1 "
            "f0[9]-1 f1[12]-1 f1[13]-1");
  EXPECT_EQ(ContextText(6, 8),  // the third f0
            "f0[7] f0[6] f0[9]-1 f0[8]-1 c0[0] c0[0]-1 c1[1] c1[1]-1 m0[3] m0[2] m1[5] m1[4] "
            "f1[11]");
  EXPECT_EQ(ContextText(12, 16),  // the first m2
            "m2[17]-1 m2[16]-1 m2[17]-2 m2[16]-2 c0[0] c0[0]-1 c1[1] c1[1]-1 m0[2] m0[3]-1 m1[4] "
            "m1[5]-1 f0[6] f0[7] f1[10] f1[11] m3[19]-1");
}

TEST(CodingOrder, QuantizersThatAreLeftOutAreAbsent) {
  EXPECT_EQ(ContextText(1, 0),
            "c0[0]-1 c0[0]-2 c0[0]-3 c0[0]-4 c1[none]-1 m0[none]-1 m0[none]-1 m1[none]-1 "
            "m1[none]-1 f0[none]-1 f0[none]-1 f0[none]-1 f0[none]-1 f1[none]-1 f1[none]-1 "
            "f1[none]-1 f1[none]-1");
}

TEST(CodingOrder, NothingIsAskedForThatTheDecoderDoesNotHave) {
  const ModelConfig config = Config();
  for (int quality = 1; quality <= 12; ++quality) {
    std::set<size_t> held;  // of the packet that is being coded
    for (const CodingSlot& slot : CodingOrder(config, quality)) {
      std::vector<size_t> steps;
      for (const ContextCode& code : slot.context) steps.push_back(code.step);
      EXPECT_EQ(steps, ContextSteps(config, slot.step));
      std::set<std::tuple<size_t, size_t>> seen;
      for (const ContextCode& code : slot.context) {
        if (!code.offset) continue;
        EXPECT_LT(*code.offset, config.packet_bytes(quality));
        EXPECT_TRUE(code.packets_back > 0 || held.contains(*code.offset));
        EXPECT_TRUE(seen.emplace(code.packets_back, *code.offset).second) << "twice the same";
      }
      EXPECT_TRUE(held.insert(slot.offset).second);
    }
    EXPECT_EQ(held.size(), config.packet_bytes(quality)) << "every code once";
  }
}

TEST(CodingOrder, ContextSizesAreThoseOfTheTensors) {
  std::vector<size_t> sizes;
  for (size_t step = 0; step < 12; ++step) sizes.push_back(ContextSteps(Config(), step).size());
  EXPECT_EQ(sizes, (std::vector<size_t>{17, 18, 13, 14, 13, 14, 21, 22, 17, 18, 17, 18}));
}

}  // namespace
}  // namespace motet::core
