// Tests the accuracy that vecmath.h states, against the standard library in double precision.
// That loops over these functions give the same bits everywhere is tested in kernels_test.cc.
#include "arithmetic/vecmath.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace motet::core {
namespace {

// Calls `visit` with values spread evenly over low…high.
template <typename Visit>
void Sweep(double low, double high, Visit visit) {
  constexpr int kSteps = 200000;
  for (int i = 0; i <= kSteps; ++i) {
    visit(static_cast<float>(low + (high - low) * i / kSteps));
  }
}

TEST(Vecmath, ExpIsWithin2e7) {
  double worst = 0;
  Sweep(-87, 88, [&](float x) {
    const double wanted = std::exp(static_cast<double>(x));
    worst = std::max(worst, std::abs(Exp(x) - wanted) / wanted);
  });
  EXPECT_LT(worst, 2e-7);
}

TEST(Vecmath, ExpStaysFiniteAtTheEnds) {
  EXPECT_GT(Exp(-1e30f), 0.0f);
  EXPECT_LT(Exp(-1e30f), 1e-37f);
  EXPECT_TRUE(std::isfinite(Exp(1e30f)));
  EXPECT_EQ(Exp(0.0f), 1.0f);
}

TEST(Vecmath, LogIsWithin1e7) {
  double worst = 0;
  Sweep(-80, 80, [&](float exponent) {
    const float x = std::exp(exponent);
    const double wanted = std::log(static_cast<double>(x));
    worst = std::max(worst, std::abs(Log(x) - wanted) / (1 + std::abs(wanted)));
  });
  Sweep(0.5, 2, [&](float x) {
    worst = std::max(worst, std::abs(Log(x) - std::log(static_cast<double>(x))));
  });
  EXPECT_LT(worst, 1e-7);
  EXPECT_EQ(Log(1.0f), 0.0f);
}

TEST(Vecmath, PowIsWithin2e6OverTheRangeOfCompanding) {
  double worst = 0;
  Sweep(-18.4, 20, [&](float exponent) {
    const float x = std::exp(exponent);
    const double wanted = std::pow(static_cast<double>(x), -0.3);
    worst = std::max(worst, std::abs(Pow(x, -0.3f) - wanted) / wanted);
  });
  EXPECT_LT(worst, 2e-6);
}

TEST(Vecmath, SineAndCosineAreWithin2e7) {
  for (const double range : {1.0, 10.0, 500.0, 10000.0}) {
    double worst = 0;
    Sweep(-range, range, [&](float x) {
      float sine = 0, cosine = 0;
      SinCos(x, &sine, &cosine);
      worst = std::max(worst, std::abs(sine - std::sin(static_cast<double>(x))));
      worst = std::max(worst, std::abs(cosine - std::cos(static_cast<double>(x))));
    });
    EXPECT_LT(worst, 2e-7) << "for phases up to " << range;
  }
}

TEST(Vecmath, SineAndCosineOfAnyNumberStayWithinOne) {
  for (const float x : {1e5f, 1e6f, -1e9f, 3e38f, -std::numeric_limits<float>::infinity()}) {
    float sine = 2, cosine = 2;
    SinCos(x, &sine, &cosine);
    EXPECT_LE(std::abs(sine), 1.000001f) << x;
    EXPECT_LE(std::abs(cosine), 1.000001f) << x;
  }
}

TEST(Vecmath, GeluIsWithin35e8OfItsArgument) {
  double worst = 0;
  Sweep(-20, 20, [&](float x) {
    const double wanted = x / 2.0 * (1 + std::erf(x / std::sqrt(2.0)));
    worst = std::max(worst, std::abs(Gelu(x) - wanted) / (1e-3 + std::abs(x)));
  });
  EXPECT_LT(worst, 3.5e-7);
  EXPECT_EQ(Gelu(0.0f), 0.0f);
  EXPECT_EQ(Gelu(1000.0f), 1000.0f);
  EXPECT_EQ(Gelu(-1000.0f), 0.0f);
}

TEST(Vecmath, SigmoidIsWithin2e7) {
  double worst = 0;
  Sweep(-100, 100, [&](float x) {
    worst = std::max(worst, std::abs(Sigmoid(x) - 1 / (1 + std::exp(-static_cast<double>(x)))));
  });
  EXPECT_LT(worst, 2e-7);
}

}  // namespace
}  // namespace motet::core
