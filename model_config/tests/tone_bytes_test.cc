// Tests the bytes of a packet's tones: what is written comes back, and any bytes mean something.
#include "model_config/tone_bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <iterator>
#include <utility>
#include <vector>

namespace motet {
namespace {

constexpr TonesConfig kTones = {
    .first = 3, .lines = 40, .count = 3, .step_db = 2, .from_quality = 6};

constexpr TonesConfig kPlacedTones = {
    .first = 3, .lines = 40, .count = 2, .step_db = 2, .from_quality = 6, .phases = 8, .pans = 5};

using Bytes = std::array<uint8_t, 6>;

std::vector<Tone> Read(const Bytes& bytes, const TonesConfig& config = kTones) {
  std::vector<Tone> tones(40, Tone{.level = 77, .place = 7});
  ReadTones(config, bytes.data(), tones);
  return tones;
}

std::vector<Tone> Tones(std::initializer_list<std::pair<size_t, Tone>> there) {
  std::vector<Tone> tones(40);
  for (const auto& [line, tone] : there) tones[line] = tone;
  return tones;
}

TEST(ToneBytes, AreLineAndLevelInTheOrderOfLinesAndThenZeros) {
  Bytes bytes{};
  bytes.fill(99);
  const auto tones = Tones({{0, {31, 0}}, {39, {0, 0}}});
  WriteTones(kTones, tones, bytes.data());
  EXPECT_EQ(bytes, (Bytes{1, 31, 40, 0, 0, 0}));
  EXPECT_EQ(Read(bytes), tones);
}

TEST(ToneBytes, OfAnyKindMeanSomething) {
  EXPECT_EQ(Read({0, 0, 0, 0, 0, 0}), Tones({}));
  EXPECT_EQ(Read({0, 5, 41, 6, 255, 7}), Tones({})) << "no such lines";
  EXPECT_EQ(Read({9, 40, 7, 3, 0, 0}), Tones({{8, {31, 0}}, {6, {3, 0}}})) << "the highest level";
  EXPECT_EQ(Read({9, 4, 9, 5, 0, 0}), Tones({{8, {5, 0}}})) << "of two the later";
}

TEST(ToneBytes, HaveAPlaceWhereThereAreSeveral) {
  Bytes bytes{};
  const auto tones = Tones({{0, {31, 39}}, {39, {0, 0}}});
  WriteTones(kPlacedTones, tones, bytes.data());
  EXPECT_EQ(bytes, (Bytes{1, 31, 39, 40, 0, 0}));
  EXPECT_EQ(Read(bytes, kPlacedTones), tones);
  EXPECT_EQ(Read({9, 40, 40, 0, 1, 2}, kPlacedTones), Tones({{8, {31, 39}}}))
      << "the highest place";
}

TEST(ToneBytes, AreThoseThatAreWrittenIfTheyComeBack) {
  // All that are made of a few values, in reach and beyond it.
  constexpr uint8_t kLines[] = {0, 1, 2, 40, 41}, kLevels[] = {0, 31, 32}, kPlaces[] = {0, 39, 40};
  size_t written = 0;
  for (const TonesConfig& config : {kTones, kPlacedTones}) {
    const auto each = static_cast<size_t>(config.bytes_each());
    const size_t places = each == 3 ? std::size(kPlaces) : 1;
    const size_t kinds = std::size(kLines) * std::size(kLevels) * places;
    for (size_t pair = 0; pair < kinds * kinds; ++pair) {
      Bytes bytes{};
      for (size_t tone = 0, kind = pair; tone < 2; ++tone, kind /= kinds) {
        uint8_t* const at = bytes.data() + tone * each;
        at[0] = kLines[kind % std::size(kLines)];
        at[1] = kLevels[kind / std::size(kLines) % std::size(kLevels)];
        if (each == 3) at[2] = kPlaces[kind % kinds / std::size(kLines) / std::size(kLevels)];
      }
      Bytes again{};
      WriteTones(config, Read(bytes, config), again.data());
      EXPECT_EQ(AreWrittenTones(config, bytes.data()), again == bytes)
          << ::testing::PrintToString(bytes);
      if (again == bytes) ++written;
    }
  }
  EXPECT_GT(written, 20u);
}

TEST(ToneBytes, OfAToneThatGoesOnTurnWithLinesOfOddNumber) {
  // Line 4 is number 7, line 5 number 8.
  Bytes bytes = {5, 20, 8 + 6, 6, 20, 8 + 6};
  RepeatTones(kPlacedTones, bytes.data());
  EXPECT_EQ(bytes, (Bytes{5, 20, 8 + 2, 6, 20, 8 + 6}));
  RepeatTones(kPlacedTones, bytes.data());
  EXPECT_EQ(bytes, (Bytes{5, 20, 8 + 6, 6, 20, 8 + 6}));
  Bytes of_fixed_phases = {5, 20, 6, 20, 7, 20};
  RepeatTones(kTones, of_fixed_phases.data());
  EXPECT_EQ(of_fixed_phases, (Bytes{5, 20, 6, 20, 7, 20}));
}

TEST(TonesConfig, SaysLevelsPhasesAndSides) {
  EXPECT_EQ(kTones.side(0), 0);
  EXPECT_EQ(kPlacedTones.side(0), -1);
  EXPECT_EQ(kPlacedTones.side(3), 0.5);
  EXPECT_EQ(kTones.row(), 40);
  EXPECT_EQ(kPlacedTones.row(), 80);
  EXPECT_EQ(kTones.bytes(), 6);
  EXPECT_EQ(kPlacedTones.bytes(), 6);
  EXPECT_EQ(kTones.level_db(0), -66);
  EXPECT_EQ(kTones.level_db(31), -4);
  EXPECT_EQ(TonesConfig::Phase(1, 2048), 1265);   // 0.618… turns
  EXPECT_EQ(TonesConfig::Phase(40, 2048), 1749);  // 1600 · 0.618… = 988.854…
  EXPECT_EQ(TonesConfig::Phase(2, 128), 60);      // 4 · 0.618… = 2.472…
}

}  // namespace
}  // namespace motet
