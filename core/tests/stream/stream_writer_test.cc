// Tests what StreamWriter promises: the exact bytes of docs/FORMAT.md, pages as soon as they are
// full, and refusal of whatever the format cannot hold. How the bytes are read back is in
// stream_reader_test.cc.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "motet/stream.h"

namespace motet {
namespace {

StreamHeader SmallHeader() {
  return {.channels = 1,
          .quality = 2,
          .packet_bytes = 2,
          .samples = 3000,
          .model_identity = "0123456789abcdef",
          .tags = {{"title", "Ré"}}};
}

Status CreateStatus(const StreamHeader& header, int packets_per_page = 128) {
  Result<StreamWriter> writer = StreamWriter::Create(header, packets_per_page);
  return writer.ok() ? Status() : writer.status();
}

// The bytes were put together by hand from docs/FORMAT.md, the checksums with zlib's crc32.
TEST(StreamWriterTest, WritesTheBytesOfTheSpecification) {
  Result<StreamWriter> writer = StreamWriter::Create(SmallHeader(), 2);
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> bytes = writer->HeaderBytes();
  const std::vector<uint8_t> packets = {1, 2, 3, 4, 5, 6};
  ASSERT_TRUE(writer->Write(packets, &bytes).ok());
  ASSERT_TRUE(writer->Finish(3000, &bytes).ok());

  // clang-format off
  const std::vector<uint8_t> expected = {
      'M', 'o', 't', 'e', 't', '\r', '\n', 0x1A,          // magic
      0, 0, 0, 0, 68, 0, 0, 0,                            // version, flags, bytes of the header
      0x44, 0xAC, 0, 0, 1, 2, 0, 2,                       // 44100 Hz, mono, quality 2, coding 0, 2 bytes a packet
      0xB8, 0x0B, 0, 0, 0, 0, 0, 0,                       // 3000 samples
      0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0x01,     // model
      0, 0, 0, 0, 0, 0, 0, 0,                             // no seek table
      1, 0,                                               // one tag
      5, 0, 't', 'i', 't', 'l', 'e', 3, 0, 0, 0, 'R', 0xC3, 0xA9,
      0xC0, 0xDD, 0x7C, 0x51,                             // checksum
      0x4D, 0xF5, 0, 2, 0, 0, 0, 0, 4, 0, 0xEB, 0xCB, 0xCC, 0x74, 1, 2, 3, 4,
      0x4D, 0xF5, 0, 1, 2, 0, 0, 0, 2, 0, 0x9A, 0x31, 0xCE, 0x46, 5, 6,
      0x4D, 0xF5, 1, 0, 3, 0, 0, 0, 8, 0, 0x87, 0xF4, 0x61, 0xC2, 0xB8, 0x0B, 0, 0, 0, 0, 0, 0,
  };
  // clang-format on
  EXPECT_EQ(bytes, expected);
}

TEST(StreamWriterTest, TheBytesDoNotDependOnHowThePacketsCameIn) {
  std::vector<uint8_t> packets(2 * 1000);
  for (size_t i = 0; i < packets.size(); ++i) packets[i] = static_cast<uint8_t>(i * 7);
  std::vector<uint8_t> at_once;
  Result<StreamWriter> whole = StreamWriter::Create(SmallHeader(), 100);
  ASSERT_TRUE(whole.ok());
  ASSERT_TRUE(whole->Write(packets, &at_once).ok());
  ASSERT_TRUE(whole->Finish(3000, &at_once).ok());
  for (const size_t chunk : {1u, 7u, 100u, 333u}) {
    Result<StreamWriter> writer = StreamWriter::Create(SmallHeader(), 100);
    ASSERT_TRUE(writer.ok());
    std::vector<uint8_t> bytes;
    for (size_t at = 0; at < packets.size(); at += 2 * chunk) {
      ASSERT_TRUE(
          writer
              ->Write(std::span(packets).subspan(at, std::min(2 * chunk, packets.size() - at)),
                      &bytes)
              .ok());
    }
    ASSERT_TRUE(writer->Finish(3000, &bytes).ok());
    EXPECT_EQ(bytes, at_once) << "chunks of " << chunk;
  }
}

TEST(StreamWriterTest, AFullPageIsHandedOutAtOnce) {
  Result<StreamWriter> writer = StreamWriter::Create(SmallHeader(), 1);
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> bytes;
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>{1, 2}, &bytes).ok());
  EXPECT_EQ(bytes.size(), 14u + 2u);
}

TEST(StreamWriterTest, WhoReadsPacketsThatWereSkippedMeetsAGap) {
  Result<StreamWriter> writer = StreamWriter::Create(SmallHeader(), 2);
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> bytes = writer->HeaderBytes();
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>{1, 2}, &bytes).ok());
  ASSERT_TRUE(writer->Skip(0, &bytes).ok()) << "which ends no page";
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>{3, 4, 5, 6}, &bytes).ok());
  ASSERT_TRUE(writer->Skip(7, &bytes).ok());
  ASSERT_TRUE(writer->Skip(2, &bytes).ok());
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>{7, 8}, &bytes).ok());
  ASSERT_TRUE(writer->Skip(4, &bytes).ok());
  ASSERT_TRUE(writer->Finish(3000, &bytes).ok());
  EXPECT_EQ(writer->packets(), 17u);

  StreamReader reader("s");
  ASSERT_EQ(reader.Push(bytes), bytes.size());
  reader.Finish();
  std::string found;
  for (;;) {
    const Result<StreamEvent> event = reader.Next();
    ASSERT_TRUE(event.ok()) << event.status().message();
    if (event->kind == StreamEvent::Kind::kEnd) break;
    if (event->kind == StreamEvent::Kind::kHeader) continue;
    found += event->kind == StreamEvent::Kind::kGap ? " lost" : " packets";
    found += " " + std::to_string(event->first_packet) + "+" + std::to_string(event->count);
  }
  EXPECT_EQ(found, " packets 0+2 packets 2+1 lost 3+9 packets 12+1 lost 13+4");
  EXPECT_EQ(reader.totals().skipped_bytes, 0u);
}

TEST(StreamWriterTest, SkipsNoMoreInARowThanAReaderTakesForAGap) {
  Result<StreamWriter> writer = StreamWriter::Create(SmallHeader(), 2);
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> bytes;
  EXPECT_EQ(writer->Skip(65537, &bytes).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(writer->Skip(60000, &bytes).ok());
  EXPECT_EQ(writer->Skip(5537, &bytes).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>{1, 2}, &bytes).ok());
  ASSERT_TRUE(writer->Skip(65536, &bytes).ok()) << "the gap before it has ended";
  ASSERT_TRUE(writer->Finish(3000, &bytes).ok());
  EXPECT_EQ(writer->Skip(1, &bytes).code(), StatusCode::kInvalidArgument) << "after the end";
}

TEST(StreamWriterTest, AfterFinishTheHeaderHoldsTheLength) {
  StreamHeader header = SmallHeader();
  header.samples = kUnknownSamples;
  Result<StreamWriter> writer = StreamWriter::Create(header);
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> pages;
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>{1, 2, 3, 4, 5, 6}, &pages).ok());
  ASSERT_TRUE(writer->Finish(3000, &pages).ok());
  EXPECT_EQ(writer->HeaderBytes(), StreamWriter::Create(SmallHeader())->HeaderBytes());
}

TEST(StreamWriterTest, TheOverheadOfADefaultPageIsBelow20BytesPer128Packets) {
  StreamHeader header = SmallHeader();
  Result<StreamWriter> writer = StreamWriter::Create(header);
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> bytes;
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>(2 * 128), &bytes).ok());
  EXPECT_LE(bytes.size(), 2 * 128 + 20u);
}

TEST(StreamWriterTest, RefusesWhatTheFormatCannotHold) {
  const auto refused = [](auto change) {
    StreamHeader header = SmallHeader();
    change(header);
    return CreateStatus(header).code() == StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(CreateStatus(SmallHeader()).ok());
  EXPECT_TRUE(refused([](StreamHeader& h) { h.channels = 3; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.channels = 0; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.quality = 0; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.quality = 13; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.packet_bytes = 256; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.sample_rate = 0; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.model_identity = "0123"; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.model_identity = "0123456789ABCDEF"; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.tags = {{"", "x"}}; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.tags = {{"key", "\xFF"}}; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.tags = {{"key", "\xC0\x80"}}; })) << "overlong";
  EXPECT_TRUE(refused([](StreamHeader& h) { h.tags = {{"key", "\xED\xA0\x80"}}; })) << "surrogate";
  EXPECT_TRUE(refused([](StreamHeader& h) { h.tags = {{"key", std::string(1 << 20, 'x')}}; }));
  EXPECT_TRUE(refused([](StreamHeader& h) { h.tags = {{std::string(65536, 'k'), ""}}; }));
  EXPECT_EQ(CreateStatus(SmallHeader(), 0).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(CreateStatus(SmallHeader(), 256).code(), StatusCode::kInvalidArgument);
}

TEST(StreamWriterTest, RefusesPartsOfPacketsAndWhateverComesAfterTheEnd) {
  Result<StreamWriter> writer = StreamWriter::Create(SmallHeader());
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> bytes;
  EXPECT_EQ(writer->Write(std::vector<uint8_t>{1, 2, 3}, &bytes).code(),
            StatusCode::kInvalidArgument);
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>{1, 2, 3, 4}, &bytes).ok());
  ASSERT_TRUE(writer->Write(std::vector<uint8_t>{5, 6}, &bytes).ok());
  EXPECT_EQ(writer->Finish(2999, &bytes).code(), StatusCode::kInvalidArgument)
      << "the header promised 3000";
  EXPECT_TRUE(bytes.empty());
  EXPECT_TRUE(writer->Finish(3000, &bytes).ok());
  EXPECT_EQ(writer->Write(std::vector<uint8_t>{1, 2}, &bytes).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(writer->Finish(3000, &bytes).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace motet
