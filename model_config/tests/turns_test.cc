#include "model_config/turns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace motet {
namespace {

TEST(Turns, AreThoseOfTheCLibrary) {
  for (const int parts : {2048, 512, 1000, 7}) {
    for (int n = -parts; n <= 2 * parts; ++n) {
      const double turns = static_cast<double>(n) / parts;
      EXPECT_NEAR(CosineOfTurns(turns), std::cos(2 * std::numbers::pi * turns), 4e-15) << turns;
      EXPECT_NEAR(SineOfTurns(turns), std::sin(2 * std::numbers::pi * turns), 4e-15) << turns;
    }
  }
}

TEST(Turns, OfQuartersAreExact) {
  EXPECT_EQ(CosineOfTurns(0), 1);
  EXPECT_EQ(CosineOfTurns(0.25), 0);
  EXPECT_EQ(CosineOfTurns(0.5), -1);
  EXPECT_EQ(SineOfTurns(0), 0);
  EXPECT_EQ(SineOfTurns(0.25), 1);
  EXPECT_EQ(SineOfTurns(-0.25), -1);
}

}  // namespace
}  // namespace motet
