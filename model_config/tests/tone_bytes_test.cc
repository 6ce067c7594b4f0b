// Tests the bytes of a packet's tones: what is written comes back, and any bytes mean something.
#include "model_config/tone_bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace motet {
namespace {

constexpr TonesConfig kTones = {
    .first = 3, .lines = 40, .count = 3, .step_db = 2, .from_quality = 6};

std::vector<uint8_t> Read(const std::array<uint8_t, 6>& bytes) {
  std::vector<uint8_t> levels(40, 77);
  ReadTones(kTones, bytes.data(), levels);
  return levels;
}

std::vector<uint8_t> Levels(std::initializer_list<std::pair<size_t, uint8_t>> tones) {
  std::vector<uint8_t> levels(40, kNoTone);
  for (const auto& [line, level] : tones) levels[line] = level;
  return levels;
}

TEST(ToneBytes, AreLineAndLevelInTheOrderOfLinesAndThenZeros) {
  std::array<uint8_t, 6> bytes{};
  bytes.fill(99);
  const auto levels = Levels({{0, 31}, {39, 0}});
  WriteTones(kTones, levels, bytes.data());
  EXPECT_EQ(bytes, (std::array<uint8_t, 6>{1, 31, 40, 0, 0, 0}));
  EXPECT_EQ(Read(bytes), levels);
}

TEST(ToneBytes, OfAnyKindMeanSomething) {
  EXPECT_EQ(Read({0, 0, 0, 0, 0, 0}), Levels({}));
  EXPECT_EQ(Read({0, 5, 41, 6, 255, 7}), Levels({})) << "no such lines";
  EXPECT_EQ(Read({9, 40, 7, 3, 0, 0}), Levels({{8, 31}, {6, 3}})) << "the highest level";
  EXPECT_EQ(Read({9, 4, 9, 5, 0, 0}), Levels({{8, 5}})) << "of two the later";
}

TEST(TonesConfig, SaysLevelsAndPhases) {
  EXPECT_EQ(kTones.level_db(0), -66);
  EXPECT_EQ(kTones.level_db(31), -4);
  EXPECT_EQ(TonesConfig::Phase(1, 2048), 1265);   // 0.618… turns
  EXPECT_EQ(TonesConfig::Phase(40, 2048), 1749);  // 1600 · 0.618… = 988.854…
  EXPECT_EQ(TonesConfig::Phase(2, 128), 60);      // 4 · 0.618… = 2.472…
}

}  // namespace
}  // namespace motet
