// What is counted of levels of bands, against counts by hand: which symbols there are in which
// contexts is docs/FORMAT.md's ("Levels of bands").
#include "entropy/band_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "entropy/entropy_model.h"
#include "model_config/band_symbols.h"
#include "tests/tiny_model.h"

namespace motet::trainer {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two bands, from quality 6 on.
ModelConfig TwoBands() {
  return ParseModelConfig(WithBandsJson(TinyModelJson(), {{"edges", {10, 20, 30}}}));
}

// `packets` packets of the highest quality with the same levels.
CodeSequence PacketsWithLevels(int64_t packets, const std::vector<uint8_t>& levels) {
  const ModelConfig config = TwoBands();
  std::vector<uint8_t> packet(static_cast<size_t>(config.packet_bytes(config.max_quality())), 99);
  std::copy(levels.begin(), levels.end(), packet.begin() + config.bands_offset());
  CodeSequence sequence;
  for (int64_t i = 0; i < packets; ++i)
    sequence.insert(sequence.end(), packet.begin(), packet.end());
  return sequence;
}

SymbolWeights AllLevelsAlike() {
  return {.symbols = kBandSymbols, .weights = std::vector<uint32_t>(108 * 32, 7)};
}

uint32_t WeightOfSeen(double count, double most) {
  return static_cast<uint32_t>(std::lround(65535 * (count + 0.5) / (most + 0.5)));
}

TEST(BandWeights, AreCountedByContextInPagesOf128Packets) {
  // Two whole pages: each begins after zeros.
  const CodeExamples examples(TwoBands(), {PacketsWithLevels(256, {5, 7})});
  const SymbolWeights weights = CountBands(examples);
  ASSERT_EQ(weights.weights.size(), 108 * 32);
  // The lower band, where it was the same twice before: 5 above it in first packets, the same in
  // those from the third on.
  EXPECT_EQ(weights.Of(106)[0], 65535);
  EXPECT_EQ(weights.Of(106)[5], WeightOfSeen(2, 252));
  EXPECT_EQ(weights.Of(106)[6], WeightOfSeen(0, 252));
  EXPECT_EQ(weights.Of(107)[0], 65535) << "in second packets, where it rose before";
  EXPECT_EQ(weights.Of(107)[1], WeightOfSeen(0, 2));
  EXPECT_THAT(weights.Of(105), Each(65535)) << "it never fell";
  // The upper band. In first packets the lower one rose by more than 3 (6), this one had been
  // the same twice (1), and 5 is more than 4 above what it was (4).
  EXPECT_EQ(weights.Of(6 + 7 * (1 + 3 * 4))[7], 65535);
  EXPECT_EQ(weights.Of(6 + 7 * (1 + 3 * 4))[0], WeightOfSeen(0, 2));
  // Then the lower one stays (3), this one rose (2), and 5 is 2 below 7 (1); then it did not (1).
  EXPECT_EQ(weights.Of(3 + 7 * (2 + 3 * 1))[0], 65535);
  EXPECT_EQ(weights.Of(3 + 7 * (2 + 3 * 1))[31], WeightOfSeen(0, 2));
  EXPECT_EQ(weights.Of(3 + 7 * (1 + 3 * 1))[0], 65535);
  EXPECT_EQ(weights.Of(3 + 7 * (1 + 3 * 1))[31], WeightOfSeen(0, 252));
  for (size_t context = 0; context < 108; ++context) {
    const bool seen =
        context == 106 || context == 107 || context == 97 || context == 38 || context == 31;
    if (!seen) EXPECT_THAT(weights.Of(context), Each(65535)) << context;
  }
}

TEST(BandWeights, LieInTheirTensorContextAfterContext) {
  SymbolWeights weights = AllLevelsAlike();
  weights.weights[2 * 32 + 3] = 8;
  const IntegerTensor tensor = weights.ToTensor();
  EXPECT_THAT(tensor.shape, ElementsAre(3456));
  ASSERT_EQ(tensor.values.size(), 3456);
  EXPECT_EQ(tensor.values[67], 8);
  EXPECT_EQ(std::count(tensor.values.begin(), tensor.values.end(), 7), 3455);
  EXPECT_EQ(weights.Of(2)[3], 8);
}

TEST(BandBits, AreFiveForEachLevelWhereAllAreAlike) {
  EXPECT_DOUBLE_EQ(BandBits(AllLevelsAlike(), TwoBands(), PacketsWithLevels(10, {3, 30})),
                   10 * 2 * 5);
}

TEST(BandBits, AreFewForWhatWasCounted) {
  const auto packets = PacketsWithLevels(128, {5, 7});
  const SymbolWeights weights = CountBands(CodeExamples(TwoBands(), {packets}));
  EXPECT_LT(BandBits(weights, TwoBands(), packets), 64);
  auto moving = packets;
  const auto bytes = packets.size() / 128;
  for (size_t p = 0; p < 128; ++p)
    moving[p * bytes + static_cast<size_t>(TwoBands().bands_offset())] = p * 11 % 32;
  EXPECT_GT(BandBits(weights, TwoBands(), moving), 128);
}

// An entropy model of a codec with levels of bands has their table, of integers from 1 to 65535.
TEST(BandWeights, AreCheckedInAnEntropyModel) {
  const ModelConfig config = TwoBands();
  EntropyModel model;
  model.sizes = {.embedding = 2, .hidden = 3};
  for (const auto& [name, shape] : EntropyShapes(config, model.sizes)) {
    int64_t size = 1;
    for (const int64_t extent : shape) size *= extent;
    model.tensors[name] = {shape, std::vector<float>(static_cast<size_t>(size), 1)};
  }
  ASSERT_TRUE(model.tensors.contains("entropy.bands.levels"));
  EXPECT_EQ(model.tensors.size(), 12 * 5 + 1);
  const auto fault = [&](const EntropyModel& changed) -> std::string {
    try {
      CheckEntropyModel(changed, config);
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  auto& values = model.tensors.at("entropy.bands.levels").values;
  values[9] = 65535;
  EXPECT_EQ(fault(model), "");
  for (const float wrong : {0.0F, 65536.0F, 1.5F}) {
    values[9] = wrong;
    EXPECT_THAT(fault(model), HasSubstr("tensor entropy.bands.levels has ")) << wrong;
    EXPECT_THAT(fault(model), HasSubstr(" as value 9, wanted an integer from 1 to 65535")) << wrong;
  }
  EntropyModel without = model;
  without.tensors.erase("entropy.bands.levels");
  EXPECT_THAT(fault(without), HasSubstr("tensor entropy.bands.levels is missing"));
  values.resize(108 * 31, 1);
  model.tensors.at("entropy.bands.levels").shape = {108 * 31};
  EXPECT_THAT(fault(model), HasSubstr("tensor entropy.bands.levels has shape"));
}

}  // namespace
}  // namespace motet::trainer
