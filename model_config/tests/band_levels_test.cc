// Tests what a tone has in bands: the part of its power that the analysis shows there.
#include "model_config/band_levels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "random_tensors.h"

namespace motet {
namespace {

// The base configuration with lines from a number on, and these edges.
ModelConfig WithLines(int64_t first, int64_t lines, const std::vector<int64_t>& edges) {
  ModelConfig config = testing::ConfigOf(testing::kBaseConfig);
  config.tones =
      TonesConfig{.first = first, .lines = lines, .count = 8, .step_db = 3, .from_quality = 6};
  config.bands = BandsConfig{.edges = edges, .step_db = 3, .from_quality = 6};
  return config;
}

TEST(ShareOfTone, IsAboutOneOverAllBinsWhereverTheLineLies) {
  const ModelConfig config = WithLines(40, 240, {0, 257});
  for (int64_t line = 0; line < 240; ++line) {
    EXPECT_NEAR(ShareOfTone(config, line, 0), 1, 1e-4) << line;
    EXPECT_LE(ShareOfTone(config, line, 0), 1 + 1e-12) << line;
  }
}

TEST(ShareOfTone, AddsUpOverBands) {
  const ModelConfig config = WithLines(40, 240, {10, 11, 30, 64});
  const ModelConfig joined = WithLines(40, 240, {10, 64});
  for (int64_t line = 0; line < 240; ++line) {
    EXPECT_NEAR(
        ShareOfTone(config, line, 0) + ShareOfTone(config, line, 1) + ShareOfTone(config, line, 2),
        ShareOfTone(joined, line, 0), 1e-12)
        << line;
  }
}

// Line 40 lies at bin 10, line 42 between it and bin 11.
TEST(ShareOfTone, IsTheSineWindowsSpectrum) {
  const ModelConfig config = WithLines(40, 8, {9, 10, 11, 12});
  const double whole = 8 / (std::numbers::pi * std::numbers::pi);
  EXPECT_NEAR(ShareOfTone(config, 0, 1), whole, 1e-12);
  EXPECT_NEAR(ShareOfTone(config, 0, 0), whole / 9, 1e-12);
  EXPECT_NEAR(ShareOfTone(config, 0, 2), whole / 9, 1e-12);
  EXPECT_NEAR(ShareOfTone(config, 2, 1), 0.5, 1e-12);
  EXPECT_NEAR(ShareOfTone(config, 2, 2), 0.5, 1e-12);
  EXPECT_NEAR(ShareOfTone(config, 2, 0), 0, 1e-12);
}

// A windowed sinusoid between two bins, transformed.
TEST(ShareOfTone, IsWhatTheTransformOfASinusoidShows) {
  const ModelConfig config = WithLines(201, 4, {40, 48, 50, 51, 53, 80});
  for (int64_t line = 0; line < 4; ++line) {
    std::vector<double> power(257);
    for (size_t k = 0; k < power.size(); ++k) {
      double re = 0, im = 0;
      for (int64_t n = 0; n < 512; ++n) {
        const double turn = 2 * std::numbers::pi / 512 * static_cast<double>(n);
        const double windowed = std::sin(std::numbers::pi * static_cast<double>(n) / 512) *
                                std::cos(turn * static_cast<double>(201 + line) / 4 + 0.7);
        re += windowed * std::cos(turn * static_cast<double>(k));
        im -= windowed * std::sin(turn * static_cast<double>(k));
      }
      power[k] = re * re + im * im;
    }
    double sum = 0;
    for (const double p : power) sum += p;
    for (int64_t band = 0; band < config.bands->count(); ++band) {
      const auto edge = config.bands->edges.begin() + band;
      double share = 0;
      for (int64_t k = edge[0]; k < edge[1]; ++k) share += power[static_cast<size_t>(k)] / sum;
      EXPECT_NEAR(ShareOfTone(config, line, band), share, 1e-3) << line << " " << band;
    }
  }
}

}  // namespace
}  // namespace motet
