// Tests the symbols of levels of bands against docs/FORMAT.md ("Levels of bands"), whose sentences
// are written out here plainly: symbols, contexts, and that what is coded comes back.
#include "model_config/band_symbols.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace motet {
namespace {

using Levels = std::vector<uint8_t>;
using Symbols = std::vector<std::pair<size_t, size_t>>;  // context and symbol

int Limited(int value, int limit) {
  return value < -limit ? -limit : value > limit ? limit : value;
}

// By the page: l is the level to be said, of band b; a that of the same band in the packet before,
// a2 in the one before that; u that of band b - 1 in this packet, u2 in the packet before.
std::pair<size_t, size_t> BySentence(size_t b, int l, int a, int a2, int u, int u2) {
  const int symbol = ((l - a) % 32 + 32) % 32;
  const int s = Limited(a - a2, 1);
  if (b == 0) return {106 + s, symbol};
  const int d = Limited(u - u2, 3);
  const int t = Limited(static_cast<int>(std::floor((u - a) / 2.0)), 2);
  return {(d + 3) + 7 * ((s + 1) + 3 * (t + 2)), symbol};
}

Symbols BySentences(const Levels& earlier, const Levels& before, const Levels& levels) {
  Symbols symbols;
  for (size_t b = 0; b < levels.size(); ++b) {
    const int u = b == 0 ? 0 : levels[b - 1], u2 = b == 0 ? 0 : before[b - 1];
    symbols.push_back(BySentence(b, levels[b], before[b], earlier[b], u, u2));
  }
  return symbols;
}

Symbols Coded(const Levels& earlier, const Levels& before, const Levels& levels) {
  Symbols symbols;
  Levels walked = levels;
  WalkBands(earlier, before, walked, [&](size_t context, size_t symbol) {
    symbols.emplace_back(context, symbol);
    return symbol;
  });
  EXPECT_EQ(walked, levels) << "coding changes nothing";
  return symbols;
}

// The levels that symbols stand for; `symbols` must be those of all bands.
Levels Decoded(const Levels& earlier, const Levels& before, const Symbols& symbols) {
  Levels levels(symbols.size(), 77);
  size_t next = 0;
  WalkBands(earlier, before, levels, [&](size_t context, size_t) {
    EXPECT_EQ(context, symbols[next].first) << "the decoder knows the context";
    return symbols[next++].second;
  });
  EXPECT_EQ(next, symbols.size());
  return levels;
}

void ExpectCodedAndDecoded(const Levels& earlier, const Levels& before, const Levels& levels) {
  const Symbols symbols = Coded(earlier, before, levels);
  ASSERT_EQ(symbols, BySentences(earlier, before, levels));
  for (const auto& [context, symbol] : symbols) {
    ASSERT_LT(context, kBandContexts);
    ASSERT_LT(symbol, kBandSymbols);
  }
  ASSERT_EQ(Decoded(earlier, before, symbols), levels);
}

TEST(BandSymbols, AreOfOneTableOf108ContextsOf32) {
  EXPECT_STREQ(kBandTable, "entropy.bands.levels");
  EXPECT_EQ(kBandContexts, 108U);
  EXPECT_EQ(kBandSymbols, 32U);
}

TEST(BandSymbols, OfTheLowestBandDependOnWhetherItRose) {
  for (int a2 = 0; a2 < 32; ++a2) {
    for (int a = 0; a < 32; ++a) {
      for (int l = 0; l < 32; ++l) {
        ExpectCodedAndDecoded({static_cast<uint8_t>(a2)}, {static_cast<uint8_t>(a)},
                              {static_cast<uint8_t>(l)});
      }
    }
  }
}

// Each pair of two bands in three packets, of levels that lie in all ways to one another; all of
// the contexts are met.
TEST(BandSymbols, OfTheOthersDependOnTheBandBelow) {
  const Levels values = {0, 1, 2, 3, 4, 5, 6, 7, 31};
  std::vector<bool> met(kBandContexts);
  for (const uint8_t u2 : values) {
    for (const uint8_t u : values) {
      for (const uint8_t a2 : values) {
        for (const uint8_t a : values) {
          for (const uint8_t l : values) {
            const Levels earlier = {u, a2}, before = {u2, a}, levels = {u, l};
            ExpectCodedAndDecoded(earlier, before, levels);
            for (const auto& [context, symbol] : Coded(earlier, before, levels))
              met[context] = true;
          }
        }
      }
    }
  }
  EXPECT_EQ(std::count(met.begin(), met.end(), true), 108);
}

TEST(BandSymbols, OfManyBandsComeBackPacketAfterPacket) {
  std::mt19937 random(5);
  Levels earlier(32), before(32), levels(32);
  for (int packet = 0; packet < 500; ++packet) {
    for (uint8_t& level : levels) level = static_cast<uint8_t>(random() >> 27);
    ExpectCodedAndDecoded(earlier, before, levels);
    earlier = std::exchange(before, levels);
  }
}

// By hand, with the numbers of the page.
TEST(BandSymbols, ByExample) {
  // Lowest band: it was 9, then 8, and is 7. Above it: it was 6 twice and is 10; the band below
  // fell by 1 and is 1 above what this was: floor(1/2) = 0.
  EXPECT_EQ(Coded({9, 6}, {8, 6}, {7, 10}),
            (Symbols{{105, 31}, {(-1 + 3) + 7 * ((0 + 1) + 3 * (0 + 2)), 4}}));
  // It rose by more than 3, to one below what the other was: floor(-1/2) = -1.
  EXPECT_EQ(Coded({0, 0}, {0, 21}, {20, 0}),
            (Symbols{{106, 20}, {(3 + 3) + 7 * ((1 + 1) + 3 * (-1 + 2)), 11}}));
}

}  // namespace
}  // namespace motet
