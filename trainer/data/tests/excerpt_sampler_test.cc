// Which excerpts are drawn: deterministic, in range, and as often as the weights say.

#include "data/excerpt_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "data/tests/test_support.h"

namespace motet::data {
namespace {

using testing::ErrorOf;
using ::testing::HasSubstr;
using testing::WorkFolder;

constexpr std::int64_t kSecond = kSampleRate;

struct TrackSpec {
  std::string package;
  std::int64_t seconds;
  double bandwidth_hz = 20000.0;
};

// A dataset of silent tracks in one shard; packages "light" weigh 0.25, others 1.
MusicDataset MakeDataset(const WorkFolder& dir, const std::vector<TrackSpec>& specs) {
  Manifest manifest;
  manifest.packages = {{"a", "", "", "", 1.0}, {"b", "", "", "", 1.0}, {"light", "", "", "", 0.25}};
  std::int64_t frames = 0;
  for (const TrackSpec& spec : specs) {
    Track track;
    track.name = spec.package + "/" + std::to_string(manifest.tracks.size());
    track.package = spec.package;
    track.offset = frames;
    track.frames = spec.seconds * kSecond;
    track.bandwidth_hz = spec.bandwidth_hz;
    frames += track.frames;
    manifest.tracks.push_back(track);
  }
  manifest.shards = {{"shard-00000.pcm", frames}};
  manifest.Save(dir.path());
  testing::WriteText(dir / "shard-00000.pcm", "");
  std::filesystem::resize_file(dir / "shard-00000.pcm", static_cast<std::uintmax_t>(frames) * 4);
  return MusicDataset::Open(dir.path());
}

TEST(ExcerptSamplerTest, ExcerptDependsOnSeedAndNumberOnly) {
  const WorkFolder dir;
  const auto dataset = MakeDataset(dir, {{"a", 30}, {"a", 40}});
  const ExcerptSampler one(dataset, {.seed = 1});
  const ExcerptSampler same(dataset, {.seed = 1});
  const ExcerptSampler other(dataset, {.seed = 2});
  int equal = 0;
  for (std::uint64_t n = 1000; n-- > 0;) {
    EXPECT_EQ(one.At(n).start, same.At(n).start);
    EXPECT_EQ(one.At(n).track, same.At(n).track);
    equal += one.At(n).start == other.At(n).start ? 1 : 0;
  }
  EXPECT_LT(equal, 5);
}

TEST(ExcerptSamplerTest, FirstExcerptsNeverChange) {
  // Literal on purpose: a resumed run must see what it would have seen.
  const WorkFolder dir;
  const auto dataset = MakeDataset(dir, {{"a", 30}, {"a", 40}});
  const ExcerptSampler sampler(dataset, {.seed = 7});
  EXPECT_EQ(sampler.At(0).track, 0U);
  EXPECT_EQ(sampler.At(0).start, 503441);
  EXPECT_EQ(sampler.At(1).track, 0U);
  EXPECT_EQ(sampler.At(1).start, 694309);
}

TEST(ExcerptSamplerTest, EveryExcerptLiesInsideItsTrackAndAllPartsAreReached) {
  const WorkFolder dir;
  const auto dataset = MakeDataset(dir, {{"a", 2}, {"b", 3}});
  const ExcerptSampler sampler(dataset, {.frames = kSecond});
  std::map<std::size_t, std::pair<std::int64_t, std::int64_t>> range;
  std::vector<float> left(kSecond), right(kSecond);
  for (std::uint64_t n = 0; n < 2000; ++n) {
    const Excerpt excerpt = sampler.At(n);
    dataset.Read(excerpt.track, excerpt.start, kSecond, left.data(), right.data());
    auto [found, first] = range.try_emplace(excerpt.track, excerpt.start, excerpt.start);
    found->second.first = std::min(found->second.first, excerpt.start);
    found->second.second = std::max(found->second.second, excerpt.start);
  }
  EXPECT_LT(range[0].first, 1000);
  EXPECT_GT(range[0].second, kSecond - 1000);
  EXPECT_LT(range[1].first, 1000);
  EXPECT_GT(range[1].second, 2 * kSecond - 1000);
}

TEST(ExcerptSamplerTest, DrawsByWeightTimesCappedLength) {
  const WorkFolder dir;
  const auto dataset = MakeDataset(dir, {{"a", 30}, {"b", 500}, {"light", 120}});
  const ExcerptSampler sampler(dataset, {.seed = 3, .cap_seconds = 60.0});
  // 30 x 1, 60 x 1, 60 x 0.25.
  EXPECT_NEAR(sampler.Probability(0), 30.0 / 105.0, 1e-12);
  EXPECT_NEAR(sampler.Probability(1), 60.0 / 105.0, 1e-12);
  EXPECT_NEAR(sampler.Probability(2), 15.0 / 105.0, 1e-12);
  std::map<std::size_t, int> drawn;
  constexpr int kDraws = 20000;
  for (std::uint64_t n = 0; n < kDraws; ++n) ++drawn[sampler.At(n).track];
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(drawn[i], kDraws * sampler.Probability(i), 300) << i;
  }
}

TEST(ExcerptSamplerTest, BalancedPackagesAreDrawnByWeightAlone) {
  const WorkFolder dir;
  const auto dataset = MakeDataset(dir, {{"a", 10}, {"b", 90}, {"b", 90}, {"light", 30}});
  const ExcerptSampler sampler(dataset, {.balance_packages = true});
  EXPECT_NEAR(sampler.Probability(0), 1.0 / 2.25, 1e-12);
  EXPECT_NEAR(sampler.Probability(1) + sampler.Probability(2), 1.0 / 2.25, 1e-12);
  EXPECT_NEAR(sampler.Probability(3), 0.25 / 2.25, 1e-12);
}

TEST(ExcerptSamplerTest, BalancedTracksAreDrawnAlikeHoweverLong) {
  const WorkFolder dir;
  const auto dataset = MakeDataset(dir, {{"a", 10}, {"a", 90}, {"light", 40}});
  const ExcerptSampler all(dataset, {.track_balance = 1.0});
  EXPECT_NEAR(all.Probability(0), 1.0 / 2.25, 1e-12);
  EXPECT_NEAR(all.Probability(1), 1.0 / 2.25, 1e-12);
  EXPECT_NEAR(all.Probability(2), 0.25 / 2.25, 1e-12);
  const ExcerptSampler half(dataset, {.track_balance = 0.5});
  EXPECT_NEAR(half.Probability(1) / half.Probability(0), 3.0, 1e-12);
}

TEST(ExcerptSamplerTest, BalancedBandwidthsAreDrawnAlikeHoweverCommon) {
  const WorkFolder dir;
  const auto dataset = MakeDataset(
      dir, {{"a", 90, 15500.0}, {"a", 30, 16000.0}, {"a", 60, 17500.0}, {"a", 20, 22000.0}});
  const ExcerptSampler none(dataset, {});
  EXPECT_NEAR(none.Probability(3), 0.1, 1e-12);
  const ExcerptSampler all(dataset, {.bandwidth_balance = 1.0});
  EXPECT_NEAR(all.Probability(0), 1.0 / 3, 1e-12);
  EXPECT_NEAR(all.Probability(1), 1.0 / 9, 1e-12);  // by length inside a class
  EXPECT_NEAR(all.Probability(2), 2.0 / 9, 1e-12);
  EXPECT_NEAR(all.Probability(3), 1.0 / 3, 1e-12);
  const ExcerptSampler half(dataset, {.bandwidth_balance = 0.5});
  EXPECT_NEAR(half.Probability(3) / half.Probability(0), std::sqrt(20.0 / 90.0), 1e-12);
}

TEST(ExcerptSamplerTest, ShortAndNarrowTracksAreNeverDrawn) {
  const WorkFolder dir;
  const auto dataset = MakeDataset(dir, {{"a", 1}, {"a", 30, 11000.0}, {"a", 30, 16000.0}});
  const ExcerptSampler sampler(dataset, {.frames = 2 * kSecond, .min_bandwidth_hz = 16000.0});
  for (std::uint64_t n = 0; n < 1000; ++n) ASSERT_EQ(sampler.At(n).track, 2U);
}

TEST(ExcerptSamplerTest, NothingToDrawIsAnError) {
  const WorkFolder dir;
  const auto dataset = MakeDataset(dir, {{"a", 1}});
  EXPECT_THAT(ErrorOf([&] { ExcerptSampler(dataset, {.frames = 2 * kSecond}); }),
              HasSubstr("none of 1 tracks"));
}

}  // namespace
}  // namespace motet::data
