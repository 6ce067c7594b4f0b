// What is counted of tones, against counts by hand: which symbols there are in which contexts is
// docs/FORMAT.md's ("Tones").
#include "entropy/tone_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/tiny_model.h"

namespace motet::trainer {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr uint32_t kMost = 65535;

// Two tones of sixteen lines.
ModelConfig Config() {
  return ParseModelConfig(TinyModelWithTonesJson({{"lines", 16}, {"count", 2}}));
}

// `packets` packets of the highest quality with the same tones, by line and level.
CodeSequence Packets(int64_t packets, const std::vector<std::pair<uint8_t, uint8_t>>& tones) {
  const ModelConfig config = Config();
  std::vector<uint8_t> packet(static_cast<size_t>(config.packet_bytes(config.max_quality())), 99);
  auto byte = packet.begin() + config.tones_offset();
  std::fill(byte, byte + config.tones->bytes(), uint8_t{0});
  for (const auto& [line, level] : tones) {
    *byte++ = static_cast<uint8_t>(1 + line);
    *byte++ = level;
  }
  CodeSequence sequence;
  for (int64_t i = 0; i < packets; ++i)
    sequence.insert(sequence.end(), packet.begin(), packet.end());
  return sequence;
}

ToneWeights AllAlike(const ModelConfig& config = Config()) {
  ToneWeights weights;
  const auto described = ToneTables(*config.tones);
  for (size_t kind = 0; kind < kToneSymbols; ++kind) {
    weights.tables[kind] = {.symbols = described[kind].symbols,
                            .weights = std::vector<uint32_t>(described[kind].size(), 7)};
  }
  return weights;
}

std::vector<uint32_t> Flags(const ToneWeights& weights, size_t context) {
  const auto of_context = weights.Of(ToneSymbol::kFlag).Of(context);
  return {of_context.begin(), of_context.end()};
}
std::vector<uint32_t> Levels(const ToneWeights& weights, size_t context) {
  const auto of_context = weights.Of(ToneSymbol::kLevel).Of(context);
  return {of_context.begin(), of_context.end()};
}

// The weight of what was seen `count` times where something was seen `most` times.
uint32_t Weight(double count, double most) {
  return static_cast<uint32_t>(std::lround(kMost * (count + 0.5) / (most + 0.5)));
}

TEST(ToneWeights, AreCountedByContextInPagesOf128Packets) {
  // One tone in line 3 at level 5, in two whole pages.
  const CodeExamples examples(Config(), {Packets(256, {{3, 5}})});
  const ToneWeights weights = CountTones(examples);
  // In all packets of a page but the first there was a tone in line 3 (eighth 1), which goes on.
  EXPECT_THAT(Flags(weights, 1 + 8 * 1), ElementsAre(Weight(0, 254), kMost));
  // Line 2 lies beside it; in the first packets it is line 3 that has a tone, not line 2.
  EXPECT_THAT(Flags(weights, 2 + 8 * 1), ElementsAre(kMost, Weight(0, 254)));
  EXPECT_THAT(Flags(weights, 0 + 8 * 1), ElementsAre(kMost, kMost)) << "both twice";
  // Line 4, above a tone of this packet; and, but for the first packets, beside one before.
  EXPECT_THAT(Flags(weights, 4 + 8 * 2), ElementsAre(kMost, Weight(0, 2)));
  EXPECT_THAT(Flags(weights, 4 + 2 + 8 * 2), ElementsAre(kMost, Weight(0, 254)));
  EXPECT_THAT(Flags(weights, 0 + 8 * 2), ElementsAre(kMost, Weight(0, 256))) << "line 5";
  EXPECT_THAT(Flags(weights, 0 + 8 * 7), ElementsAre(kMost, Weight(0, 512))) << "lines 14 and 15";
  EXPECT_THAT(Flags(weights, 3 + 8 * 1), ElementsAre(kMost, kMost)) << "never seen";

  EXPECT_EQ(Levels(weights, 0)[0], kMost) << "the same level";
  EXPECT_EQ(Levels(weights, 0)[31], Weight(0, 254));
  EXPECT_THAT(Levels(weights, 1), Each(kMost)) << "no tone moved";
  EXPECT_EQ(Levels(weights, 2)[5], kMost) << "new ones";
  EXPECT_EQ(Levels(weights, 2)[4], Weight(0, 2));
}

TEST(ToneWeights, AreNeverNoneWhateverWasSeen) {
  const CodeExamples examples(Config(), {Packets(300'000, {{3, 5}})});
  const ToneWeights weights = CountTones(examples);
  EXPECT_EQ(Flags(weights, 1 + 8 * 1)[0], 1) << "0.5 of 300 000, in 65535ths";
  EXPECT_EQ(Flags(weights, 1 + 8 * 1)[1], kMost);
}

TEST(ToneWeights, LieInTheirTensorsContextAfterContext) {
  ToneWeights weights = AllAlike();
  weights.tables[0].weights[10] = 11;
  weights.tables[0].weights[11] = 12;
  weights.tables[1].weights[95] = 13;
  const IntegerTensors tensors = weights.ToTensors(*Config().tones);
  ASSERT_EQ(tensors.size(), 2);
  const IntegerTensor& flags = tensors.at("entropy.tones.flags");
  const IntegerTensor& levels = tensors.at("entropy.tones.levels");
  EXPECT_THAT(flags.shape, ElementsAre(128));
  EXPECT_THAT(levels.shape, ElementsAre(96));
  ASSERT_EQ(flags.values.size(), 128);
  ASSERT_EQ(levels.values.size(), 96);
  EXPECT_EQ(flags.values[10], 11);
  EXPECT_EQ(flags.values[11], 12);
  EXPECT_EQ(levels.values[95], 13);
  EXPECT_EQ(std::count(flags.values.begin(), flags.values.end(), 7), 126);
  EXPECT_EQ(std::count(levels.values.begin(), levels.values.end(), 7), 95);
}

// A tone that turns by three eighths more than half a turn in each packet, twice as far right as
// left of the middle.
TEST(ToneWeights, OfPhasesAndPansAreCountedByWhatWasBefore) {
  const ModelConfig config = ParseModelConfig(
      TinyModelWithTonesJson({{"lines", 16}, {"count", 1}, {"phases", 8}, {"pans", 3}}));
  const auto size = static_cast<size_t>(config.packet_bytes(config.max_quality()));
  CodeSequence packets(128 * size, 99);
  for (size_t p = 0; p < 128; ++p) {
    uint8_t* const tone = &packets[p * size + static_cast<size_t>(config.tones_offset())];
    tone[0] = 4;  // line 3, number 43
    tone[1] = 5;
    tone[2] = static_cast<uint8_t>(8 * 2 + 7 * p % 8);
  }
  const ToneWeights weights = CountTones(CodeExamples(config, {packets}));
  const auto phases = [&](size_t context) {
    const auto of_context = weights.Of(ToneSymbol::kPhase).Of(context);
    return std::vector<uint32_t>(of_context.begin(), of_context.end());
  };
  const auto pans = [&](size_t context) {
    const auto of_context = weights.Of(ToneSymbol::kPan).Of(context);
    return std::vector<uint32_t>(of_context.begin(), of_context.end());
  };
  // The first is new and at 0, half a turn from what a new one is taken to have been; the second
  // goes on.
  EXPECT_EQ(phases(2)[4], kMost);
  EXPECT_EQ(phases(2)[0], Weight(0, 1));
  EXPECT_EQ(phases(0)[3], kMost);
  EXPECT_EQ(phases(0)[4], Weight(0, 1));
  EXPECT_THAT(phases(1), Each(kMost)) << "no tone moved";
  EXPECT_EQ(phases(3 + 3)[3], kMost) << "126 that turn as before";
  EXPECT_EQ(phases(3 + 3)[2], Weight(0, 126));
  EXPECT_THAT(phases(3 + 2), Each(kMost));
  EXPECT_THAT(pans(3), ElementsAre(Weight(0, 1), Weight(0, 1), kMost)) << "a new one";
  EXPECT_THAT(pans(2), ElementsAre(Weight(0, 127), Weight(0, 127), kMost));
  EXPECT_THAT(pans(0), Each(kMost));

  const IntegerTensors tensors = weights.ToTensors(*config.tones);
  EXPECT_THAT(tensors.at("entropy.tones.phases").shape, ElementsAre((3 + 8) * 8));
  EXPECT_THAT(tensors.at("entropy.tones.pans").shape, ElementsAre((1 + 3) * 3));
  EXPECT_NEAR(ToneBits(AllAlike(config), config, packets), 128 * (4 + 5 + 3 + std::log2(3.0)),
              1e-9);
}

TEST(ToneBits, AreOneForEachFlagAndFiveForEachLevelWhereAllAreAlike) {
  EXPECT_DOUBLE_EQ(ToneBits(AllAlike(), Config(), Packets(10, {})), 10 * 16);
  EXPECT_DOUBLE_EQ(ToneBits(AllAlike(), Config(), Packets(10, {{3, 5}})), 10 * (16 + 5));
  EXPECT_DOUBLE_EQ(ToneBits(AllAlike(), Config(), Packets(10, {{3, 5}, {7, 1}})), 10 * (8 + 2 * 5))
      << "behind the last tone that there may be come no flags";
}

TEST(ToneBits, AreFewForWhatWasCounted) {
  const auto packets = Packets(128, {{3, 5}, {9, 20}});
  const ToneWeights weights = CountTones(CodeExamples(Config(), {packets}));
  EXPECT_LT(ToneBits(weights, Config(), packets), 64);
  EXPECT_GT(ToneBits(weights, Config(), Packets(128, {{4, 5}, {10, 20}})), 128);
}

}  // namespace
}  // namespace motet::trainer
