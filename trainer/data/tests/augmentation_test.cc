// What each augmentation promises, that it happens as often as its probability says, and that an
// excerpt is a function of its number alone.

#include "data/augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "data/tests/test_support.h"

namespace motet::data {
namespace {

using testing::WorkFolder;

constexpr std::int64_t kFrames = 8192;

// Three tracks of noise, ten excerpts long each; the last two are stems of one song.
MusicDataset MakeDataset(const WorkFolder& dir) {
  Manifest manifest;
  manifest.packages = {{"plain", "", "", "", 1.0, false}, {"songs", "", "", "", 1.0, true}};
  const std::vector<std::string> names = {"plain/a.ogg", "songs/one/guitar.ogg",
                                          "songs/one/song.ogg"};
  std::ofstream shard(dir / "shard-00000.pcm", std::ios::binary);
  for (std::size_t i = 0; i < names.size(); ++i) {
    Track track;
    track.name = names[i];
    track.package = i == 0 ? "plain" : "songs";
    track.offset = static_cast<std::int64_t>(i) * 10 * kFrames;
    track.frames = 10 * kFrames;
    track.bandwidth_hz = 20000;
    manifest.tracks.push_back(track);
    const auto pcm = testing::Noise(static_cast<std::size_t>(track.frames) * 2,
                                    static_cast<std::uint32_t>(i + 1));
    shard.write(reinterpret_cast<const char*>(pcm.data()),
                static_cast<std::streamsize>(pcm.size() * sizeof(pcm[0])));
  }
  shard.close();
  manifest.shards = {{"shard-00000.pcm", 30 * kFrames}};
  manifest.Save(dir.path());
  return MusicDataset::Open(dir.path());
}

class AugmentationTest : public ::testing::Test {
 protected:
  AugmentationTest() : dataset_(MakeDataset(dir_)), sampler_(dataset_, {.frames = kFrames}) {}

  Stereo Load(const AugmentationOptions& options, std::uint64_t n, std::uint64_t seed = 1) const {
    return AugmentedExcerpts(dataset_, sampler_, options, seed).Load(n, kFrames);
  }
  // Excerpt n as it is in the dataset.
  Stereo Plain(std::uint64_t n) const { return Load({}, n); }

  WorkFolder dir_;
  MusicDataset dataset_;
  ExcerptSampler sampler_;
};

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

bool Same(const Stereo& a, const Stereo& b) { return a.left == b.left && a.right == b.right; }

// The largest difference of two signals.
double Difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = std::abs(static_cast<double>(a.size()) - static_cast<double>(b.size()));
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

Stereo Tone(double hz, std::int64_t frames) {
  Stereo tone(static_cast<std::size_t>(frames));
  for (std::size_t i = 0; i < tone.left.size(); ++i) {
    tone.left[i] =
        static_cast<float>(0.25 * std::sin(2 * M_PI * hz * static_cast<double>(i) / kSampleRate));
    tone.right[i] = -tone.left[i];
  }
  return tone;
}

double Rms(const std::vector<float>& x, std::size_t from, std::size_t to) {
  double sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += static_cast<double>(x[i]) * x[i];
  return std::sqrt(sum / static_cast<double>(to - from));
}

TEST_F(AugmentationTest, WithoutOptionsAnExcerptIsWhatTheDatasetHolds) {
  for (std::uint64_t n = 0; n < 20; ++n) {
    const Excerpt excerpt = sampler_.At(n);
    Stereo wanted(kFrames);
    dataset_.Read(excerpt.track, excerpt.start, kFrames, wanted.left.data(), wanted.right.data());
    EXPECT_TRUE(Same(Plain(n), wanted)) << n;
  }
}

TEST_F(AugmentationTest, AnExcerptIsAFunctionOfSeedAndNumber) {
  const AugmentationOptions all = {.speed_probability = 0.5,
                                   .speed_percent = 3,
                                   .stems_probability = 0.5,
                                   .stems_db = 6,
                                   .mix_probability = 0.5,
                                   .mix_db = 12,
                                   .width_probability = 0.5,
                                   .width_low = 0.5,
                                   .width_high = 1.5,
                                   .tilt_probability = 0.5,
                                   .tilt_db_per_octave = 1,
                                   .swap_probability = 0.5,
                                   .polarity_probability = 0.5,
                                   .gain_probability = 0.5,
                                   .gain_db = 6,
                                   .silence_probability = 0.1,
                                   .peak = 1};
  int other_seed_equal = 0;
  for (std::uint64_t n = 0; n < 40; ++n) {
    const Stereo first = Load(all, n);
    ASSERT_EQ(first.frames(), kFrames);
    EXPECT_TRUE(Same(Load(all, n), first)) << n;
    other_seed_equal += Same(Load(all, n, 2), first) ? 1 : 0;
    for (const auto* channel : {&first.left, &first.right}) {
      for (const float sample : *channel) ASSERT_LE(std::abs(sample), 1.0F) << n;
    }
  }
  EXPECT_LT(other_seed_equal, 4);
}

TEST_F(AugmentationTest, OneEffectLeavesTheDrawsOfAnotherAlone) {
  const AugmentationOptions gain = {.gain_probability = 1, .gain_db = 6};
  AugmentationOptions both = gain;
  both.polarity_probability = 1;
  for (std::uint64_t n = 0; n < 10; ++n) {
    Stereo inverted = Load(both, n);
    InvertPolarity(inverted);
    EXPECT_TRUE(Same(inverted, Load(gain, n))) << n;
  }
}

TEST_F(AugmentationTest, EffectsHappenAsOftenAsTheirProbabilitySays) {
  // By effect: options with probability p.
  const std::vector<AugmentationOptions> effects = {
      {.speed_probability = 0.3, .speed_percent = 3},
      {.mix_probability = 0.3, .mix_db = 12},
      {.width_probability = 0.3, .width_low = 0.5, .width_high = 0.9},
      {.tilt_probability = 0.3, .tilt_db_per_octave = 1},
      {.swap_probability = 0.3},
      {.polarity_probability = 0.3},
      {.gain_probability = 0.3, .gain_db = 6},
      {.clipping_probability = 0.3, .clipping_db = 18},
      {.transients_probability = 0.3},
      {.silence_probability = 0.3}};
  constexpr int kExcerpts = 400;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    int changed = 0;
    for (std::uint64_t n = 0; n < kExcerpts; ++n)
      changed += Same(Load(effects[i], n), Plain(n)) ? 0 : 1;
    EXPECT_NEAR(changed, 0.3 * kExcerpts, 4 * std::sqrt(0.3 * 0.7 * kExcerpts)) << "effect " << i;
  }
}

TEST_F(AugmentationTest, GainIsSpreadOverItsRange) {
  double lowest = 100, highest = -100;
  for (std::uint64_t n = 0; n < 100; ++n) {
    const Stereo plain = Plain(n), loud = Load({.gain_probability = 1, .gain_db = 6}, n);
    const double db = 20 * std::log10(Dot(loud.left, plain.left) / Dot(plain.left, plain.left));
    lowest = std::min(lowest, db);
    highest = std::max(highest, db);
    Stereo wanted = plain;
    Scale(wanted, AmplitudeOf(db));
    EXPECT_LT(Difference(wanted.right, loud.right), 1e-5);
  }
  EXPECT_GE(lowest, -6.001);
  EXPECT_LT(lowest, -5);
  EXPECT_LE(highest, 6.001);
  EXPECT_GT(highest, 5);
}

TEST_F(AugmentationTest, PolarityAndSwapDoNothingElse) {
  const Stereo plain = Plain(3);
  const Stereo inverted = Load({.polarity_probability = 1}, 3);
  const Stereo swapped = Load({.swap_probability = 1}, 3);
  for (std::size_t i = 0; i < plain.left.size(); ++i) ASSERT_EQ(inverted.left[i], -plain.left[i]);
  EXPECT_EQ(swapped.left, plain.right);
  EXPECT_EQ(swapped.right, plain.left);
}

TEST_F(AugmentationTest, WidthScalesTheSideAndLeavesTheMid) {
  const Stereo plain = Plain(5);
  const Stereo wide = Load({.width_probability = 1, .width_low = 1.5, .width_high = 1.5}, 5);
  for (std::size_t i = 0; i < plain.left.size(); ++i) {
    ASSERT_NEAR(wide.left[i] + wide.right[i], plain.left[i] + plain.right[i], 1e-6);
    ASSERT_NEAR(wide.left[i] - wide.right[i], 1.5 * (plain.left[i] - plain.right[i]), 1e-6);
  }
  Stereo mono = plain;
  SetWidth(mono, 0);
  EXPECT_EQ(mono.left, mono.right);
}

TEST_F(AugmentationTest, AMixHoldsBothExcerptsAndTheOtherIsTheSofter) {
  // What is left after the excerpt is taken away is, up to a factor, some other part of a track.
  for (std::uint64_t n = 0; n < 5; ++n) {
    const Stereo plain = Plain(n), mixed = Load({.mix_probability = 1, .mix_db = 12}, n);
    std::vector<float> rest(kFrames);
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = mixed.left[i] - plain.left[i];
    const double db = 20 * std::log10(Rms(rest, 0, rest.size()) / Rms(plain.left, 0, rest.size()));
    EXPECT_LT(db, 0.3) << n;  // all noise is about equally loud
    EXPECT_GT(db, -12.3) << n;
    const Excerpt other = sampler_.At(n + (std::uint64_t{1} << 62));
    Stereo wanted(kFrames);
    dataset_.Read(other.track, other.start, kFrames, wanted.left.data(), wanted.right.data());
    Scale(wanted, Dot(rest, wanted.left) / Dot(wanted.left, wanted.left));
    EXPECT_LT(Difference(rest, wanted.left), 1e-5) << n;
  }
}

TEST_F(AugmentationTest, StemsOfASongAreMixedInTimeAndOtherTracksAreLeftAlone) {
  int songs = 0;
  for (std::uint64_t n = 0; n < 30; ++n) {
    const Excerpt excerpt = sampler_.At(n);
    const Stereo mixed = Load({.stems_probability = 1, .stems_db = 6}, n);
    if (dataset_.tracks()[excerpt.track].package == "plain") {
      EXPECT_TRUE(Same(mixed, Plain(n))) << n;
      continue;
    }
    ++songs;
    const std::size_t other = 3 - excerpt.track;
    ASSERT_THAT(dataset_.OtherStems(excerpt.track), ::testing::ElementsAre(other));
    const Stereo plain = Plain(n);
    Stereo stem(kFrames);
    dataset_.Read(other, excerpt.start, kFrames, stem.left.data(), stem.right.data());
    // The two factors, by least squares.
    const double aa = Dot(plain.left, plain.left), ab = Dot(plain.left, stem.left);
    const double bb = Dot(stem.left, stem.left), am = Dot(plain.left, mixed.left);
    const double bm = Dot(stem.left, mixed.left), determinant = aa * bb - ab * ab;
    const double a = (am * bb - bm * ab) / determinant, b = (bm * aa - am * ab) / determinant;
    for (const double factor : {a, b}) {
      EXPECT_GT(factor, AmplitudeOf(-6.001)) << n;
      EXPECT_LT(factor, AmplitudeOf(6.001)) << n;
    }
    Stereo wanted = plain;
    Scale(wanted, a);
    Add(wanted, stem, b);
    EXPECT_LT(Difference(wanted.right, mixed.right), 1e-4) << n;
  }
  EXPECT_GT(songs, 5);
}

TEST_F(AugmentationTest, AClippedExcerptIsTurnedUpAndCutOffAtFullScale) {
  AugmentationOptions options;
  options.clipping_probability = 1;
  options.clipping_db = 18;
  options.peak = 0.5;  // does not touch it: full scale is what it was turned up to
  double loudest = 0;
  for (std::uint64_t n = 0; n < 20; ++n) {
    const Stereo plain = Plain(n), clipped = Load(options, n);
    // What was not cut off is a multiple of what was there, the same in both channels.
    double factor = 0;
    for (std::size_t i = 0; i < plain.left.size(); ++i) {
      EXPECT_LE(std::abs(clipped.left[i]), 1);
      if (std::abs(clipped.left[i]) < 1 && std::abs(plain.left[i]) > 1e-3)
        factor = static_cast<double>(clipped.left[i] / plain.left[i]);
    }
    ASSERT_GT(factor, 0) << n;
    for (std::size_t i = 0; i < plain.left.size(); ++i) {
      const auto wanted = [&](float sample) {
        return std::clamp(factor * static_cast<double>(sample), -1.0, 1.0);
      };
      EXPECT_NEAR(clipped.left[i], wanted(plain.left[i]), 1e-3);
      EXPECT_NEAR(clipped.right[i], wanted(plain.right[i]), 1e-3);
    }
    loudest = std::max(loudest, static_cast<double>(std::count_if(
                                    clipped.left.begin(), clipped.left.end(),
                                    [](float sample) { return std::abs(sample) == 1; })));
  }
  EXPECT_GT(loudest, kFrames / 10);
}

TEST_F(AugmentationTest, TransientsAreAddedToTheExcerptOrStandAlone) {
  AugmentationOptions options;
  options.transients_probability = 1;
  for (const double alone : {0.0, 1.0}) {
    options.transients_alone = alone;
    std::int64_t shortest = kFrames;
    for (std::uint64_t n = 0; n < 40; ++n) {
      const Stereo plain = Plain(n), with = Load(options, n);
      double peak = 0;
      std::int64_t untouched = 0;
      for (std::size_t i = 0; i < plain.left.size(); ++i) {
        const double before = alone > 0 ? 0 : static_cast<double>(plain.left[i]);
        const double before_right = alone > 0 ? 0 : static_cast<double>(plain.right[i]);
        const double left = static_cast<double>(with.left[i]) - before;
        const double right = static_cast<double>(with.right[i]) - before_right;
        peak = std::max(peak, std::hypot(left, right));
        if (left == 0 && right == 0) ++untouched;
      }
      EXPECT_GT(peak, 0) << n;
      EXPECT_LE(peak, 4) << n;  // four of them may meet
      shortest = std::min(shortest, kFrames - untouched);
    }
    EXPECT_LE(shortest, 12) << alone;  // clicks alone: four of three frames
  }
}

TEST_F(AugmentationTest, SilenceIsAtOneEndAndTheRestIsUntouched) {
  bool at_start = false, at_end = false;
  for (std::uint64_t n = 0; n < 40; ++n) {
    const Stereo plain = Plain(n), cut = Load({.silence_probability = 1}, n);
    const auto zero = [](float x) { return x == 0.0F; };
    const auto leading = std::ranges::find_if_not(cut.left, zero) - cut.left.begin();
    const auto trailing =
        std::find_if_not(cut.left.rbegin(), cut.left.rend(), zero) - cut.left.rbegin();
    at_start = at_start || leading > 100;
    at_end = at_end || trailing > 100;
    EXPECT_TRUE(std::equal(cut.left.begin() + leading, cut.left.end() - trailing,
                           plain.left.begin() + leading));
    EXPECT_TRUE(leading < 100 || trailing < 100) << n;
  }
  EXPECT_TRUE(at_start && at_end);
}

TEST_F(AugmentationTest, SpeedReadsTheTrackAtTheSamePlaceAndNeverRunsOutOfIt) {
  // Noise played at another speed is hard to recognise, but slower and faster excerpts must be as
  // loud as others from the first frame to the last, also at the ends of a track.
  const ExcerptSampler whole(dataset_, {.frames = 10 * kFrames});  // always starts at 0
  const AugmentedExcerpts excerpts(dataset_, whole, {.speed_probability = 1, .speed_percent = 3},
                                   1);
  for (std::uint64_t n = 0; n < 6; ++n) {
    const Stereo audio = excerpts.Load(n, 10 * kFrames - 3000);
    ASSERT_EQ(audio.frames(), 10 * kFrames - 3000);
    const auto size = audio.left.size();
    const double level = Rms(audio.left, 0, size);
    EXPECT_NEAR(Rms(audio.left, 0, 500) / level, 1, 0.15) << n;
    EXPECT_NEAR(Rms(audio.left, size - 500, size) / level, 1, 0.15) << n;
  }
}

TEST(StereoEffectsTest, SpeedScalesTheFrequencyAndKeepsTheLevel) {
  for (const double factor : {0.97, 1.03}) {
    const Stereo in = Tone(1000, 40000);
    const Stereo out = ChangeSpeed(in, factor, 300, 30000);
    const Stereo wanted = Tone(1000 * factor, 30000);
    // The phase is free, so compare with sine and cosine.
    double sine = 0, cosine = 0;
    for (std::size_t i = 0; i < out.left.size(); ++i) {
      const double phase = 2 * M_PI * 1000 * factor * static_cast<double>(i) / kSampleRate;
      sine += out.left[i] * std::sin(phase);
      cosine += out.left[i] * std::cos(phase);
    }
    EXPECT_NEAR(2 * std::hypot(sine, cosine) / 30000, 0.25, 0.001) << factor;
    EXPECT_NEAR(Rms(out.left, 0, 100) / Rms(wanted.left, 0, 100), 1, 0.15) << factor;
    EXPECT_LT(Difference(out.left, Tone(0, 30000).left), 0.26);  // no ringing at the edges
    // It starts where it was asked to: the phase of the first frame is that of input frame 300.
    const double phase = 2 * M_PI * 1000 * 300 / kSampleRate;
    EXPECT_NEAR(out.left[0], 0.25 * std::sin(phase), 0.25 * 2 * M_PI * 1000 / kSampleRate);
  }
}

TEST(StereoEffectsTest, TiltIsAStraightLineThroughOneKilohertz) {
  for (const double slope : {-2.0, 1.0, 2.0}) {
    for (const double hz : {62.5, 250.0, 1000.0, 4000.0, 12000.0}) {
      const Stereo in = Tone(hz, 44100);
      Stereo out = in;
      Tilt(out, slope, kSampleRate);
      const double db = 20 * std::log10(Rms(out.left, 22050, 44100) / Rms(in.left, 22050, 44100));
      EXPECT_NEAR(db, slope * std::log2(hz / 1000), 0.25) << slope << " dB per octave at " << hz;
    }
  }
}

TEST(StereoEffectsTest, PeakTurnsDownAsAWholeAndOnlyWhatExceedsIt) {
  Stereo audio(2);
  audio.left = {0.5F, -2.0F};
  audio.right = {1.0F, 0.0F};
  LimitPeak(audio, 1.0);
  EXPECT_EQ(audio.left, (std::vector<float>{0.25F, -1.0F}));
  EXPECT_EQ(audio.right, (std::vector<float>{0.5F, 0.0F}));
  LimitPeak(audio, 1.0);
  EXPECT_EQ(audio.left, (std::vector<float>{0.25F, -1.0F}));
}

}  // namespace
}  // namespace motet::data
