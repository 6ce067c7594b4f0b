// Tests what seeking promises: the samples that come there without it, from a few reads of the
// stream, whatever its coding and its pages; and that damage on the way is reported.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sanitizer.h"
#include "stream_player.h"

namespace motet::testing {
namespace {

TEST(StreamSeek, GivesTheSamplesThatComeThereWithoutIt) {
  constexpr size_t kFrames = 270'345;
  for (const StreamCoding coding : {StreamCoding::kFixedWidth, StreamCoding::kEntropy}) {
    for (const int packets_per_page : {1, 10, 128}) {
      for (const uint64_t samples : {uint64_t{kFrames}, kUnknownSamples}) {
        if (MOTET_ADDRESS_SANITIZER != 0 && samples != kFrames && packets_per_page != 10) continue;
        const Bytes stream = Encode(
            kFrames, {.coding = coding, .samples = samples, .packets_per_page = packets_per_page});
        const Sound whole = PlayAll(stream);
        ASSERT_EQ(whole.left.size(), kFrames);
        Player player(stream);
        player.Open();
        for (const size_t sample :
             {size_t{170'000}, size_t{0}, size_t{1}, size_t{1023}, size_t{1024}, kFrames - 1,
              size_t{140 * 1024 - 2304}, size_t{140 * 1024 - 2303}}) {
          player.Seek(sample);
          const Sound part = player.Play(3000);
          const size_t count = std::min<size_t>(3000, kFrames - sample);
          ASSERT_EQ(part.left.size(), count) << sample << " " << part.status.message();
          EXPECT_TRUE(std::equal(part.left.begin(), part.left.end(),
                                 whole.left.begin() + static_cast<ptrdiff_t>(sample)))
              << "from sample " << sample << ", pages of " << packets_per_page;
        }
      }
    }
  }
}

void ExpectPartsOfTheWhole(const std::shared_ptr<const Model>& model, int quality = 0) {
  constexpr size_t kFrames = 30'000;
  for (const int packets_per_page : {1, 3, 128}) {
    const Bytes stream =
        Encode(kFrames, {.quality = quality, .packets_per_page = packets_per_page}, model);
    const Sound whole = Player(stream, model).Play();
    ASSERT_EQ(whole.left.size(), kFrames);
    Player player(stream, model);
    player.Open();
    for (size_t sample = 9'000; sample < 28'000; sample += 481) {  // even and odd packets
      player.Seek(sample);
      const Sound part = player.Play(1000);
      EXPECT_TRUE(std::equal(part.left.begin(), part.left.end(),
                             whole.left.begin() + static_cast<ptrdiff_t>(sample)))
          << "from sample " << sample << ", pages of " << packets_per_page;
    }
  }
}

TEST(StreamSeek, KeepsThePhasesOfTones) { ExpectPartsOfTheWhole(TonesModel()); }

// Which are heard packets after they came.
TEST(StreamSeek, KeepsLevelsOfBands) { ExpectPartsOfTheWhole(BandsModel()); }

TEST(StreamSeek, KeepsHalvesOfQuantizers) { ExpectPartsOfTheWhole(LadderModel(), 9); }

TEST(StreamSeek, GoesOnToTheEndAndBackAgain) {
  const Bytes stream = Encode(200'000, {.packets_per_page = 10});
  const Sound whole = PlayAll(stream);
  Player player(stream);
  player.Play();
  player.Seek(150'000);
  const Sound rest = player.Play();
  EXPECT_TRUE(rest.ended) << rest.status.message();
  EXPECT_EQ(rest.left, std::vector<float>(whole.left.begin() + 150'000, whole.left.end()));
  for (const uint64_t beyond : {uint64_t{200'000}, uint64_t{200'001}, ~uint64_t{0}}) {
    player.Seek(beyond);
    const Sound nothing = player.Play();
    EXPECT_TRUE(nothing.ended) << nothing.status.message();
    EXPECT_TRUE(nothing.left.empty()) << beyond;
  }
}

TEST(StreamSeek, ReadsAFewKilobytesOfAnHour) {
  // Packets of noise, as they need no encoder: what is sought are pages.
  StreamHeader header = MakeStreamHeader(*BaseModel(), 6, 2, StreamCoding::kFixedWidth);
  StreamWriter writer = *StreamWriter::Create(header);
  constexpr uint64_t kPackets = 155'000;
  Bytes packets(kPackets * static_cast<size_t>(header.packet_bytes));
  uint32_t state = 1;
  for (uint8_t& byte : packets) byte = static_cast<uint8_t>((state = state * 1664525 + 1) >> 24);
  Bytes stream = writer.HeaderBytes();
  const uint64_t begin = stream.size();
  ASSERT_TRUE(writer.Write(packets, &stream).ok());
  ASSERT_TRUE(writer.Finish(kPackets * 1024 - 2304, &stream).ok());
  for (const bool length_known : {true, false}) {
    header.samples = length_known ? kPackets * 1024 - 2304 : kUnknownSamples;
    for (uint64_t packet = 0; packet < kPackets; packet += 7777) {
      PageSearch search(header, begin, stream.size(), packet);
      size_t reads = 0;
      size_t bytes = 0;
      while (search.wanted().bytes > 0) {
        const PageSearch::Range range = search.wanted();
        search.Take(std::span(stream).subspan(range.offset, range.bytes));
        ++reads;
        bytes += range.bytes;
      }
      const size_t found = search.found();
      EXPECT_EQ(found, begin + packet / 128 * (14 + 128 * 14));
      EXPECT_LE(reads, length_known ? 3u : 12u) << packet;
      EXPECT_LE(bytes, reads * 8192);
    }
  }
}

// A part of a stream as it is cut out: the packets that it needs, and a pre-skip.
TEST(StreamSeek, APartWithAPreSkipIsAStreamOfItsOwn) {
  constexpr size_t kFrames = 200'000;
  const Bytes whole = Encode(kFrames, {.coding = StreamCoding::kFixedWidth});
  const Sound sound = PlayAll(whole);
  StreamReader reader("whole");
  Bytes packets;
  for (std::span<const uint8_t> unread = whole;;) {
    const StreamEvent event = *reader.Next();
    if (event.kind == StreamEvent::Kind::kEnd) break;
    if (event.kind == StreamEvent::Kind::kNeedInput) unread = unread.subspan(reader.Push(unread));
    packets.insert(packets.end(), event.packets.begin(), event.packets.end());
  }
  const auto preroll = static_cast<uint64_t>(BaseModel()->info().decoder_preroll_packets);
  for (const uint64_t begin : {uint64_t{60'000}, uint64_t{61'439}, uint64_t{61'440}}) {
    constexpr uint64_t kLength = 50'000;
    const uint64_t first = (begin + 2304) / 1024 - preroll;
    StreamHeader header = MakeStreamHeader(*BaseModel(), 6, 2, StreamCoding::kFixedWidth);
    header.pre_skip = static_cast<uint32_t>(begin - first * 1024);
    header.tags = {{"title", "part"}};
    StreamWriter writer = *StreamWriter::Create(header, 10);
    const uint64_t end = (header.pre_skip + kLength + 2304 + 1023) / 1024;
    Bytes part = writer.HeaderBytes();
    const auto size = static_cast<size_t>(header.packet_bytes);
    ASSERT_TRUE(writer.Write(std::span(packets).subspan(first * size, end * size), &part).ok());
    ASSERT_TRUE(writer.Finish(kLength, &part).ok());

    Player player(part);
    const Sound played = player.Play();
    EXPECT_TRUE(played.ended) << played.status.message();
    EXPECT_EQ(player.decoder().header().pre_skip, header.pre_skip);
    EXPECT_EQ(player.decoder().header().tags, header.tags);
    const auto from = sound.left.begin() + static_cast<ptrdiff_t>(begin);
    EXPECT_EQ(played.left, std::vector<float>(from, from + kLength)) << begin;
    player.Seek(20'000);
    EXPECT_EQ(player.Play(1000).left, std::vector<float>(from + 20'000, from + 21'000));
  }
}

TEST(StreamSeek, ReportsWhatIsMissingOnTheWay) {
  Bytes stream = Encode(400'000, {.samples = 400'000, .packets_per_page = 10});
  const Sound whole = PlayAll(stream);
  // The page of packets 100 to 109.
  Player player(stream);
  player.Open();
  const auto begin_of = [&stream, &player](uint64_t packet) {
    PageSearch pages(player.decoder().header(), 54, stream.size(), packet);
    while (pages.wanted().bytes > 0)
      pages.Take(std::span(stream).subspan(pages.wanted().offset, pages.wanted().bytes));
    return pages.found();
  };
  const uint64_t damaged = begin_of(105);
  stream[damaged + 20] ^= 1;
  const auto preroll = static_cast<uint64_t>(BaseModel()->info().decoder_preroll_packets);
  player.Seek(105 * 1024 + preroll * 1024);  // wants packet 107 or so, which is lost
  const Sound part = player.Play(60'000);
  ASSERT_EQ(part.damage.size(), 1u);
  EXPECT_NE(part.damage[0].find("to 109 are lost"), std::string::npos) << part.damage[0];
  ASSERT_EQ(part.left.size(), 60'000u);
  // Enough packets after the damage, all is as it was.
  const size_t from = (105 + preroll) * 1024;
  const size_t sound_again = (110 + preroll) * 1024 + 1024;
  EXPECT_TRUE(std::equal(part.left.begin() + static_cast<ptrdiff_t>(sound_again - from),
                         part.left.end(),
                         whole.left.begin() + static_cast<ptrdiff_t>(sound_again)));
}

TEST(StreamSeek, WantsAHeaderFirstAndAnOffsetBehindIt) {
  const Bytes stream = Encode(50'000, {});
  Player player(stream);
  EXPECT_EQ(player.decoder().Seek(0, 54).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(player.decoder().Search(0, 1000).status().code(), StatusCode::kInvalidArgument);
  player.Open();
  EXPECT_EQ(player.decoder().Seek(0, 53).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(player.decoder().Seek(0, 54).ok());
}

TEST(PageSearch, EndsWhateverTheBytesAre) {
  const StreamHeader header = MakeStreamHeader(*BaseModel(), 6, 2, StreamCoding::kFixedWidth);
  for (const size_t size : {0u, 1u, 13u, 8192u, 8193u, 300'000u}) {
    Bytes noise(size, 0x4D);
    for (size_t i = 1; i < size; i += 2) noise[i] = 0xF5;  // nothing but sync words
    PageSearch search(header, 0, size, 5);
    size_t wanted = 0;
    int reads = 0;
    while (search.wanted().bytes > 0) {
      const PageSearch::Range range = search.wanted();
      ASSERT_LE(range.offset + range.bytes, size);
      wanted += range.bytes;
      search.Take(std::span(noise).subspan(range.offset, range.bytes));
      ASSERT_LT(++reads, 1000);
    }
    EXPECT_EQ(search.found(), 0u);
    EXPECT_LE(wanted, 4 * size + 65536);
  }
  // A file that is shorter than it said.
  PageSearch search(header, 0, 1 << 20, 5);
  while (search.wanted().bytes > 0) search.Take({});
  EXPECT_EQ(search.found(), 0u);
}

}  // namespace
}  // namespace motet::testing
