// The split of tracks into train, validation and test: that it never moves. What it does to a
// whole dataset is collect_test's.

#include "data/split.h"

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "model/fnv1a.h"

namespace motet::data {
namespace {

std::uint64_t Hash(std::string_view text) {
  trainer::Fnv1a hash;
  hash.Add(std::as_bytes(std::span(text)));
  return hash.value();
}

// The values are those of RFC 9923.
TEST(SplitTest, HashIsTheReferenceFnv1a) {
  EXPECT_EQ(Hash(""), 0xcbf29ce484222325u);
  EXPECT_EQ(Hash("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(Hash("foobar"), 0x85944171f73967e8u);
}

TEST(SplitTest, HashOfPiecesIsHashOfTheWhole) {
  trainer::Fnv1a hash;
  for (const std::string_view piece : {"foo", "", "bar"}) {
    hash.Add(std::as_bytes(std::span(piece)));
  }
  EXPECT_EQ(hash.value(), Hash("foobar"));
}

TEST(SplitTest, BucketsAre90And5And5) {
  // Literal on purpose: a track that changed sides would put test music into training.
  EXPECT_EQ(SplitOf("planetblupi-music-ogg/usr/share/planetblupi/music/music000.ogg"),
            Split::kTrain);
  EXPECT_EQ(SplitOf("hedgewars-data/usr/share/games/hedgewars/Data/Music/hell.ogg"),
            Split::kValidation);
  EXPECT_EQ(SplitOf("hyperrogue-music/usr/share/hyperrogue/music/hr-savino-ocean.ogg"),
            Split::kTest);
  std::map<Split, int> count;
  for (int i = 0; i < 10000; ++i) ++count[SplitOf("track " + std::to_string(i))];
  EXPECT_NEAR(count[Split::kTrain], 9000, 100);
  EXPECT_NEAR(count[Split::kValidation], 500, 70);
  EXPECT_NEAR(count[Split::kTest], 500, 70);
}

TEST(SplitTest, NamesParseBack) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    EXPECT_EQ(ParseSplit(SplitName(split)), split);
  }
  EXPECT_THROW(ParseSplit("Train"), std::runtime_error);
}

}  // namespace
}  // namespace motet::data
