// Tests that signals which cannot be compared are noticed: other music, and the same music with an
// offset; and that what a codec does to music is neither.
#include "metrics/alignment.h"

#include <gtest/gtest.h>

#include "signals.h"

namespace motet::metrics {
namespace {

AlignmentResult Compare(const Mono& x, const Mono& y) { return CompareMono<Alignment>(x, y); }

TEST(AlignmentTest, DecodedMusicIsLikeItsOriginalAndInTime) {
  for (const std::string name : {"excerpt.flac", "ivory.flac"}) {
    const AlignmentResult found = Compare(ReadMid(name), ReadMid("decoded/" + name));
    EXPECT_GT(found.likeness.value(), 0.5) << name;
    EXPECT_EQ(found.offset, 0) << name;
    EXPECT_FALSE(found.unlike()) << name;
  }
}

TEST(AlignmentTest, SwappedFilesAreOtherMusic) {
  EXPECT_TRUE(Compare(ReadMid("excerpt.flac"), ReadMid("decoded/ivory.flac")).unlike());
  EXPECT_TRUE(Compare(ReadMid("ivory.flac"), ReadMid("decoded/excerpt.flac")).unlike());
}

TEST(AlignmentTest, AnOffsetIsFoundToTheSample) {
  Mono music = ReadMid("ivory.flac");
  Mono decoded = ReadMid("decoded/ivory.flac");
  music.resize(3 * 44100);  // sees as much as six seconds would
  decoded.resize(music.size());
  for (const ptrdiff_t late : {1000, 3313, 16000}) {
    const Mono cut(music.begin() + late, music.end());
    EXPECT_EQ(Compare(music, cut).offset, -late);
    EXPECT_EQ(Compare(cut, music).offset, late);
    EXPECT_FALSE(Compare(cut, music).unlike()) << "it is the same music";
    EXPECT_NEAR(static_cast<double>(Compare(cut, decoded).offset), static_cast<double>(late), 2)
        << "decoded, in which waveforms are kept at low frequencies alone";
  }
}

TEST(AlignmentTest, EqualSignalsAreAsLikeAsCanBe) {
  const Mono music = ReadMid("excerpt.flac");
  EXPECT_NEAR(Compare(music, music).likeness.value(), 1, 1e-9);
  EXPECT_EQ(Compare(music, music).offset, 0);
}

TEST(AlignmentTest, SilenceIsLikeNothingAndUnlikeNothing) {
  const Mono silence(30000);
  const AlignmentResult found = Compare(silence, GaussianNoise(1, 30000));
  EXPECT_EQ(found.likeness, std::nullopt);
  EXPECT_EQ(found.offset, 0);
  EXPECT_FALSE(found.unlike());
  EXPECT_EQ(Compare({}, {}).likeness, std::nullopt);
  EXPECT_EQ(Compare(Mono(5, 0.1f), Mono(5, 0.1f)).offset, 0);
}

}  // namespace
}  // namespace motet::metrics
