// Tests the order of coding and the contexts against docs/FORMAT.md: by hand for a few, by their
// promise for all. How they are used is in page_coder_test.cc.
#include "entropy_coding/coding_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "random_model.h"

namespace motet::core {
namespace {

ModelConfig Config() { return testing::ConfigOf(testing::kBaseConfig); }
ModelConfig WithLadder(const char* ladder = testing::kLadder) {
  return testing::ConfigOf(testing::WithLadder(testing::kBaseConfig, ladder));
}

std::vector<size_t> Offsets(const ModelConfig& config, int quality) {
  std::vector<size_t> offsets;
  for (const CodingSlot& slot : CodingOrder(config, quality)) offsets.push_back(slot.offset);
  return offsets;
}

// "c0" for coarse.0, … and its place: "m1[3]-1" is byte 3 of the packet before.
std::string Text(const ModelConfig& config, const ContextCode& code) {
  const LadderQuantizer seen = config.quantizers()[code.quantizer];
  std::string text = std::string(1, kLevelNames[seen.level][0]) + std::to_string(seen.quantizer);
  text += code.offset ? "[" + std::to_string(*code.offset) + "]" : "[none]";
  if (code.packets_back > 0) text += "-" + std::to_string(code.packets_back);
  return text;
}

std::string ContextText(int quality, size_t offset, const ModelConfig& config = Config()) {
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
  EXPECT_EQ(Offsets(Config(), 12),
            (std::vector<size_t>{0,  1,  2,  4,  3,  5,  6,  10, 7,  11, 8,  12, 9,  13,
                                 14, 15, 16, 18, 17, 19, 20, 24, 21, 25, 22, 26, 23, 27}));
  EXPECT_EQ(Offsets(Config(), 5), (std::vector<size_t>{0, 1, 2, 4, 3, 5, 6, 7, 8, 9}));
}

// Bytes of a packet: as above up to 15, m2 16-17, f2 18 20 19 21, f3 22-25, m3 26-27.
TEST(CodingOrder, IsTheSameWhateverTheLadder) {
  const ModelConfig config = WithLadder();
  const auto ends = [&config](int quality) {
    const std::vector<size_t> offsets = Offsets(config, quality);
    const std::vector<size_t> first(offsets.begin(), offsets.begin() + 16);
    EXPECT_EQ(first, (std::vector<size_t>{0, 1, 2, 4, 3, 5, 6, 10, 7, 11, 8, 12, 9, 13, 14, 15}));
    return std::vector<size_t>(offsets.begin() + 16, offsets.end());
  };
  EXPECT_EQ(ends(7), std::vector<size_t>());
  EXPECT_EQ(ends(8), (std::vector<size_t>{16, 17}));
  EXPECT_EQ(ends(9), (std::vector<size_t>{16, 17, 18, 19}));
  EXPECT_EQ(ends(10), (std::vector<size_t>{16, 17, 18, 20, 19, 21}));
  EXPECT_EQ(ends(11), (std::vector<size_t>{16, 17, 18, 22, 20, 23, 19, 24, 21, 25}));
  EXPECT_EQ(ends(12), (std::vector<size_t>{16, 26, 17, 27, 18, 22, 20, 23, 19, 24, 21, 25}));
}

// Bytes: f0 0-3, c0 4, m0 10 5, f1 8 6 9 7, m1 11-12, c1 13, c2 14, f2 15 22 16 23, f3 17 24 18 25,
// m2 19-20, c3 21, m3 27 26.
TEST(CodingOrder, IsTheSameWhereFineCodesAndHalvesComeFirst) {
  const ModelConfig config = WithLadder(testing::kScatteredLadder);
  EXPECT_EQ(Offsets(config, 1), (std::vector<size_t>{0, 1, 2, 3}));
  EXPECT_EQ(Offsets(config, 2), (std::vector<size_t>{4, 5, 0, 1, 2, 3}));
  EXPECT_EQ(Offsets(config, 3), (std::vector<size_t>{4, 5, 0, 8, 1, 6, 2, 9, 3, 7}));
  EXPECT_EQ(Offsets(config, 11),
            (std::vector<size_t>{4,  13, 10, 11, 5,  12, 0,  8,  1,  6,  2,  9,  3,  7,
                                 14, 21, 19, 27, 20, 26, 15, 17, 22, 24, 16, 18, 23, 25}));
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

// By code: of a quantizer that comes by halves, one half is there.
TEST(CodingOrder, CodesThatAreLeftOutAreAbsent) {
  const ModelConfig config = WithLadder();
  const std::string stage_0 = "c0[0] c0[0]-1 c1[1] c1[1]-1 ";
  EXPECT_EQ(ContextText(7, 15, config),  // c3
            "c3[15]-1 c3[15]-2 c3[15]-3 c3[15]-4 c0[0] c0[0]-1 c1[1] c1[1]-1 m0[2] m0[3] m1[4] "
            "m1[5] f0[6] f0[7] f0[8] f0[9] f1[10] f1[11] f1[12] f1[13] c2[14] c2[14]-1");
  EXPECT_EQ(ContextText(9, 16, config),  // the first m2
            "m2[17]-1 m2[16]-1 m2[17]-2 m2[16]-2 " + stage_0 +
                "m0[2] m0[3]-1 m1[4] m1[5]-1 f0[6] f0[7] f1[10] f1[11] m3[none]-1");
  const std::string third = "m0[3] m0[2] m1[5] m1[4] f0[8] f0[7] f1[12] f1[11] ";
  EXPECT_EQ(ContextText(9, 19, config),  // the third f2
            "f2[none] f2[18] f2[none]-1 f2[19]-1 " + stage_0 + third + "f3[none]");
  EXPECT_EQ(ContextText(10, 19, config),
            "f2[20] f2[18] f2[21]-1 f2[19]-1 " + stage_0 + third + "f3[none]");
  EXPECT_EQ(ContextText(12, 19, config),
            "f2[20] f2[18] f2[21]-1 f2[19]-1 " + stage_0 + third + "f3[23]");
  EXPECT_EQ(ContextText(12, 25, config),  // the fourth f3
            "f3[24] f3[23] f3[22] f3[25]-1 " + stage_0 +
                "m0[3] m0[2] m1[5] m1[4] f0[9] f0[8] f1[13] f1[12] f2[21] f2[19]");
}

TEST(CodingOrder, NothingIsAskedForThatTheDecoderDoesNotHave) {
  for (const ModelConfig& config :
       {Config(), WithLadder(), WithLadder(testing::kScatteredLadder)}) {
    for (int quality = 1; quality <= config.max_quality(); ++quality) {
      std::set<size_t> held;  // of the packet that is being coded
      for (const CodingSlot& slot : CodingOrder(config, quality)) {
        std::vector<size_t> quantizers;
        for (const ContextCode& code : slot.context) quantizers.push_back(code.quantizer);
        EXPECT_EQ(quantizers, ContextQuantizers(config, slot.quantizer));
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
}

TEST(CodingOrder, ContextSizesAreThoseOfTheTensors) {
  for (const ModelConfig& config :
       {Config(), WithLadder(), WithLadder(testing::kScatteredLadder)}) {
    std::vector<size_t> sizes;
    for (size_t i = 0; i < 12; ++i) sizes.push_back(ContextQuantizers(config, i).size());
    EXPECT_EQ(sizes, (std::vector<size_t>{17, 18, 13, 14, 13, 14, 21, 22, 17, 18, 17, 18}));
  }
}

}  // namespace
}  // namespace motet::core
