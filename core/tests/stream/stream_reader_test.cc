// Tests what StreamReader promises: what was written comes back whatever the chunks; damage becomes
// gaps and never wrong packets; a truncated, foreign, newer or contradictory stream is the right
// error after everything before it. Model matching is tested with the `motet` program; the bytes
// themselves in stream_writer_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "arithmetic/crc32.h"
#include "motet/stream.h"

namespace motet {
namespace {

using Kind = StreamEvent::Kind;

constexpr size_t kHeaderSize = 54;
constexpr size_t kPageHeader = 14;
constexpr size_t kPageSize = kPageHeader + 10 * 14;  // of the streams made here

StreamHeader SmallHeader() {
  return {.quality = 6,
          .packet_bytes = 14,
          .samples = 90000,
          .model_identity = "00000000c0ffee00",
          .tags = {}};
}

std::vector<uint8_t> Packets(size_t count) {
  std::vector<uint8_t> packets(14 * count);
  std::mt19937 random(1);
  for (uint8_t& byte : packets) byte = static_cast<uint8_t>(random());
  return packets;
}

// Of no more samples than the packets hold.
std::vector<uint8_t> MakeStream(size_t packets, StreamHeader header = SmallHeader()) {
  const uint64_t held = packets * kStreamPacketSamples;
  if (header.samples != kUnknownSamples) header.samples = std::min(header.samples, held);
  Result<StreamWriter> writer = StreamWriter::Create(header, 10);
  EXPECT_TRUE(writer.ok());
  std::vector<uint8_t> bytes = writer->HeaderBytes();
  EXPECT_TRUE(writer->Write(Packets(packets), &bytes).ok());
  EXPECT_TRUE(
      writer->Finish(header.samples == kUnknownSamples ? 90000 : header.samples, &bytes).ok());
  return bytes;
}

// Everything that a reader makes of some bytes, with lost packets as bytes of 0 at their place.
struct Reading {
  StreamHeader header;
  StreamTotals totals;
  std::vector<uint8_t> packets;
  std::vector<std::pair<uint64_t, uint64_t>> gaps;  // first packet, count
  bool ended = false;
  Status status;
};

Reading Read(std::span<const uint8_t> bytes, size_t chunk = 1 << 20) {
  StreamReader reader("test");
  Reading reading;
  while (!reading.ended) {
    Result<StreamEvent> event = reader.Next();
    if (!event.ok()) {
      reading.status = event.status();
      break;
    }
    EXPECT_EQ(event->first_packet * 14, event->kind == Kind::kPackets || event->kind == Kind::kGap
                                            ? reading.packets.size()
                                            : event->first_packet * 14);
    switch (event->kind) {
      case Kind::kNeedInput:
        if (bytes.empty()) {
          reader.Finish();
        } else {
          const size_t taken = reader.Push(bytes.first(std::min(chunk, bytes.size())));
          EXPECT_GT(taken, 0u);
          bytes = bytes.subspan(taken);
        }
        break;
      case Kind::kHeader:
        reading.header = reader.header();
        break;
      case Kind::kPackets:
        reading.packets.insert(reading.packets.end(), event->packets.begin(), event->packets.end());
        break;
      case Kind::kGap:
        reading.gaps.emplace_back(event->first_packet, event->count);
        reading.packets.resize(reading.packets.size() + 14 * event->count);
        break;
      case Kind::kEnd:
        reading.ended = true;
        break;
    }
  }
  reading.header.samples = reader.header().samples;
  reading.totals = reader.totals();
  return reading;
}

TEST(StreamReaderTest, WhatWasWrittenComesBackInChunksOfAnySize) {
  StreamHeader header = SmallHeader();
  header.tags = {
      {"title", "Musica Ricercata"}, {"artist", "György"}, {"artist", "again"}, {"empty", ""}};
  const std::vector<uint8_t> bytes = MakeStream(95, header);
  for (const size_t chunk : {1u, 2u, 13u, 441u, 1u << 20}) {
    const Reading reading = Read(bytes, chunk);
    ASSERT_TRUE(reading.ended) << reading.status.message();
    EXPECT_EQ(reading.packets, Packets(95));
    EXPECT_EQ(reading.header.tags, header.tags);
    EXPECT_EQ(reading.header.sample_rate, 44100);
    EXPECT_EQ(reading.header.channels, 2);
    EXPECT_EQ(reading.header.quality, 6);
    EXPECT_EQ(reading.header.packet_bytes, 14);
    EXPECT_EQ(reading.header.samples, 90000u);
    EXPECT_EQ(reading.header.model_identity, "00000000c0ffee00");
    EXPECT_EQ(reading.totals.pages, 11u);
    EXPECT_EQ(reading.totals.skipped_bytes, 0u);
  }
}

TEST(StreamReaderTest, AStreamOfNoPacketsIsComplete) {
  const Reading reading = Read(MakeStream(0));
  EXPECT_TRUE(reading.ended);
  EXPECT_TRUE(reading.packets.empty());
}

TEST(StreamReaderTest, ALengthThatTheHeaderDidNotKnowComesFromTheEndPage) {
  StreamHeader header = SmallHeader();
  header.samples = kUnknownSamples;
  EXPECT_EQ(Read(MakeStream(95, header)).header.samples, 90000u);
}

TEST(StreamReaderTest, ALongHeaderIsReadInSmallChunks) {
  StreamHeader header = SmallHeader();
  header.tags = {{"lyrics", std::string(900'000, 'a')}};
  const Reading reading = Read(MakeStream(5, header), 1000);
  EXPECT_TRUE(reading.ended);
  EXPECT_EQ(reading.header.tags, header.tags);
}

TEST(StreamReaderTest, BytesAfterTheEndPageAreNotLookedAt) {
  std::vector<uint8_t> bytes = MakeStream(95);
  bytes.insert(bytes.end(), 1000, 0x4D);
  EXPECT_TRUE(Read(bytes).ended);
}

TEST(StreamReaderTest, ADamagedPageIsAGapAndEverythingElseComesBack) {
  const std::vector<uint8_t> good = MakeStream(95);
  for (const size_t at :
       {0u, 2u, 3u, 4u, 8u, 9u, 10u, 14u,
        100u}) {  // sync, flags, count, index, length, checksum, payload of the third page
    std::vector<uint8_t> bytes = good;
    bytes[kHeaderSize + 2 * kPageSize + at] ^= 0x40;
    std::vector<uint8_t> expected = Packets(95);
    std::fill_n(expected.begin() + 20 * 14, 10 * 14, uint8_t{0});
    for (const size_t chunk : {1u, 100u, 1u << 20}) {
      const Reading reading = Read(bytes, chunk);
      ASSERT_TRUE(reading.ended) << reading.status.message();
      EXPECT_EQ(reading.packets, expected) << "byte " << at << " of the page";
      EXPECT_EQ(reading.totals.lost_packets, 10u);
      EXPECT_EQ(reading.totals.skipped_bytes, kPageSize);
    }
  }
}

TEST(StreamReaderTest, APageThatIsMissingOrRepeatedIsNoticed) {
  const std::vector<uint8_t> good = MakeStream(95);
  const auto third = good.begin() + kHeaderSize + 2 * kPageSize;
  std::vector<uint8_t> bytes = good;
  bytes.erase(bytes.begin() + kHeaderSize + 2 * kPageSize,
              bytes.begin() + kHeaderSize + 3 * kPageSize);
  EXPECT_EQ(Read(bytes).gaps, (std::vector<std::pair<uint64_t, uint64_t>>{{20, 10}}));

  bytes = good;
  bytes.insert(bytes.begin() + kHeaderSize + 3 * kPageSize, third, third + kPageSize);
  const Reading repeated = Read(bytes);
  EXPECT_TRUE(repeated.ended);
  EXPECT_EQ(repeated.packets, Packets(95));
  EXPECT_EQ(repeated.totals.skipped_bytes, kPageSize);
}

TEST(StreamReaderTest, ForeignBytesBetweenPagesAreSkipped) {
  std::vector<uint8_t> bytes = MakeStream(95);
  std::vector<uint8_t> noise(5000);
  std::mt19937 random(2);
  for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
  bytes.insert(bytes.begin() + kHeaderSize + 2 * kPageSize, noise.begin(), noise.end());
  const Reading reading = Read(bytes, 333);
  EXPECT_TRUE(reading.ended);
  EXPECT_EQ(reading.packets, Packets(95));
  EXPECT_EQ(reading.totals.skipped_bytes, noise.size());
}

TEST(StreamReaderTest, LossBeforeTheEndPageIsAGap) {
  std::vector<uint8_t> bytes = MakeStream(95);
  bytes[bytes.size() - 22 - 1] ^= 1;  // the last byte of the last page with packets
  EXPECT_EQ(Read(bytes).gaps, (std::vector<std::pair<uint64_t, uint64_t>>{{90, 5}}));
}

TEST(StreamReaderTest, EveryTruncationIsReportedAfterTheWholePagesBeforeIt) {
  const std::vector<uint8_t> good = MakeStream(95);
  for (size_t size = 0; size < good.size(); ++size) {
    const Reading reading = Read(std::span(good).first(size), 64);
    ASSERT_FALSE(reading.ended) << size;
    ASSERT_EQ(reading.status.code(), StatusCode::kTruncated)
        << size << ": " << reading.status.message();
    const size_t pages =
        size < kHeaderSize ? 0 : std::min((size - kHeaderSize) / kPageSize, size_t{9});
    ASSERT_GE(reading.packets.size(), pages * 10 * 14) << size;
    ASSERT_TRUE(std::equal(reading.packets.begin(), reading.packets.end(), Packets(95).begin()))
        << size;
  }
}

TEST(StreamReaderTest, NoFlippedBitGoesUnnoticedOrYieldsAWrongPacket) {
  const std::vector<uint8_t> good = MakeStream(25);
  const std::vector<uint8_t> packets = Packets(25);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::vector<uint8_t> bytes = good;
    bytes[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    const Reading reading = Read(bytes);
    ASSERT_TRUE(!reading.status.ok() || reading.totals.lost_packets > 0) << "bit " << bit;
    ASSERT_LE(reading.packets.size(), packets.size());
    size_t lost = 0;
    for (const auto& [first, count] : reading.gaps) lost += count;
    ASSERT_EQ(lost, reading.totals.lost_packets);
    for (size_t i = 0; i < reading.packets.size(); ++i) {
      const auto in_gap = [&](const auto& gap) {
        return i / 14 >= gap.first && i / 14 < gap.first + gap.second;
      };
      ASSERT_TRUE(reading.packets[i] == packets[i] ||
                  std::any_of(reading.gaps.begin(), reading.gaps.end(), in_gap))
          << "bit " << bit;
    }
  }
}

// A header with one field changed and its checksum made right again.
StatusCode CodeOfHeaderWith(size_t offset, std::vector<uint8_t> value) {
  std::vector<uint8_t> bytes = MakeStream(5);
  std::copy(value.begin(), value.end(), bytes.begin() + static_cast<ptrdiff_t>(offset));
  const uint32_t crc = Crc32(std::span(bytes).first(kHeaderSize - 4));
  for (size_t i = 0; i < 4; ++i) bytes[kHeaderSize - 4 + i] = static_cast<uint8_t>(crc >> (8 * i));
  return Read(bytes).status.code();
}

TEST(StreamReaderTest, EachHeaderFieldIsChecked) {
  EXPECT_EQ(CodeOfHeaderWith(20, {1}), StatusCode::kOk);
  EXPECT_EQ(CodeOfHeaderWith(0, {'m'}), StatusCode::kNotMotet);
  EXPECT_EQ(CodeOfHeaderWith(8, {1, 0}), StatusCode::kUnsupportedVersion);
  EXPECT_EQ(CodeOfHeaderWith(10, {2, 0}), StatusCode::kUnsupportedVersion) << "flags";
  EXPECT_EQ(CodeOfHeaderWith(10, {1, 1}), StatusCode::kUnsupportedVersion) << "flags";
  EXPECT_EQ(CodeOfHeaderWith(10, {1, 0}), StatusCode::kCorrupt) << "a pre-skip that is not there";
  EXPECT_EQ(CodeOfHeaderWith(22, {2}), StatusCode::kUnsupportedVersion) << "coding";
  EXPECT_EQ(CodeOfHeaderWith(12, {0, 0, 0, 0}), StatusCode::kCorrupt) << "header bytes";
  EXPECT_EQ(CodeOfHeaderWith(12, {0xFF, 0xFF, 0xFF, 0xFF}), StatusCode::kCorrupt) << "header bytes";
  EXPECT_EQ(CodeOfHeaderWith(16, {0, 0, 0, 0}), StatusCode::kCorrupt) << "sample rate";
  EXPECT_EQ(CodeOfHeaderWith(20, {3}), StatusCode::kCorrupt) << "channels";
  EXPECT_EQ(CodeOfHeaderWith(21, {0}), StatusCode::kCorrupt) << "quality";
  EXPECT_EQ(CodeOfHeaderWith(21, {13}), StatusCode::kCorrupt) << "quality";
  EXPECT_EQ(CodeOfHeaderWith(23, {0}), StatusCode::kCorrupt) << "bytes of a packet";
  EXPECT_EQ(CodeOfHeaderWith(24, {1}), StatusCode::kCorrupt) << "length, against the end page";
  EXPECT_EQ(CodeOfHeaderWith(48, {1, 0}), StatusCode::kCorrupt) << "tags";
}

TEST(StreamReaderTest, ForeignBytesAreNotMotetFromTheFirstWrongByteOn) {
  const std::string wav = "RIFF....WAVEfmt ";
  StreamReader reader("song.wav");
  EXPECT_EQ(reader.Push(std::span(reinterpret_cast<const uint8_t*>(wav.data()), 1)), 1u);
  const Result<StreamEvent> event = reader.Next();
  ASSERT_FALSE(event.ok());
  EXPECT_EQ(event.status().code(), StatusCode::kNotMotet);
  EXPECT_NE(event.status().message().find("'song.wav'"), std::string::npos);
  EXPECT_FALSE(reader.Next().ok()) << "errors are final";
}

TEST(StreamReaderTest, APageFromFarAheadIsNotBelieved) {
  Result<StreamWriter> writer = StreamWriter::Create(SmallHeader(), 10);
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> bytes = writer->HeaderBytes();
  std::vector<uint8_t> pages;
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>(14 * 100'000), &pages).ok());
  ASSERT_TRUE(writer->Finish(90000, &pages).ok());
  bytes.insert(bytes.end(), pages.end() - 22,
               pages.end());  // the end page alone: 100000 packets are said to be lost
  const Reading reading = Read(bytes);
  EXPECT_EQ(reading.status.code(), StatusCode::kTruncated);
  EXPECT_EQ(reading.totals.lost_packets, 0u);
}

}  // namespace
}  // namespace motet
