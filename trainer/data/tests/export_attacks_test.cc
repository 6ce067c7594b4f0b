// Clips of attacks: what is in them, and that they are the same each time.

#include "data/export_attacks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "data/audio_file.h"
#include "data/music_dataset.h"
#include "data/tests/test_support.h"

namespace motet::data {
namespace {

using testing::ErrorOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::WorkFolder;

TEST(ExportAttacksTest, AreLoudAndMostlySilenceAndTheSameEachTime) {
  const WorkFolder dir;
  const auto first = ExportAttacks({.clips = 6, .seconds = 2, .out = dir / "a"});
  const auto second = ExportAttacks({.clips = 6, .seconds = 2, .out = dir / "b"});
  ASSERT_THAT(first, SizeIs(6));
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto audio = AudioReader::OpenFile(first[i]).ReadAll();
    EXPECT_EQ(audio, AudioReader::OpenFile(second[i]).ReadAll());
    ASSERT_THAT(audio, SizeIs(2 * 2 * kSampleRate));
    float peak = 0;
    for (const float sample : audio) peak = std::max(peak, std::abs(sample));
    EXPECT_GT(peak, 0.08F) << first[i];  // 18 dB below full scale, and panned
    const auto silent = std::count(audio.begin(), audio.end(), 0.0F);
    EXPECT_GT(silent, static_cast<std::ptrdiff_t>(audio.size() / 4)) << first[i];
  }
}

TEST(ExportAttacksTest, WantsANewFolder) {
  const WorkFolder dir;
  ExportAttacks({.clips = 1, .seconds = 1, .out = dir / "a"});
  EXPECT_THAT(ErrorOf([&] { ExportAttacks({.clips = 1, .out = dir / "a"}); }),
              HasSubstr("not an empty folder"));
}

}  // namespace
}  // namespace motet::data
