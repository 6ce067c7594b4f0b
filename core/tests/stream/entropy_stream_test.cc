// Tests streams of entropy-coded packets from StreamWriter through StreamReader and StreamDecoder:
// what comes back, with and without the model, in pieces, damaged, and with the wrong model. The
// payload of a page is tested in page_coder_test.cc, everything else about streams where fixed
// width is tested.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "motet/encoder.h"
#include "motet/stream.h"
#include "motet/stream_decoder.h"
#include "random_model.h"
#include "stream_player.h"

namespace motet {
namespace {

using Bytes = std::vector<uint8_t>;
using Kind = StreamEvent::Kind;

constexpr int kPacketsPerPage = 10;

std::shared_ptr<const Model> TestModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(testing::RandomEntropyModel(testing::kBaseConfig, 31), "with");
  return model;
}

std::shared_ptr<const Model> PlainModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(testing::RandomModel(testing::kBaseConfig, 31), "without");
  return model;
}

StreamHeader Header(int quality, StreamCoding coding = StreamCoding::kEntropy) {
  return {.quality = quality,
          .packet_bytes = TestModel()->PacketBytes(quality),
          .coding = coding,
          .samples = kUnknownSamples,
          .model_identity = StreamIdentity(TestModel()->info(), coding),
          .tags = {}};
}

constexpr size_t kSamples = 100000;

// Repeated codes, so that even a model of random weights saves something on some pages.
Bytes Packets(int quality) {
  const size_t count = (kSamples + 2304 + 1023) / 1024;
  Bytes packets(count * static_cast<size_t>(TestModel()->PacketBytes(quality)));
  std::mt19937 random(8);
  for (uint8_t& byte : packets) byte = static_cast<uint8_t>(random() % 7);
  return packets;
}

Bytes MakeStream(int quality, StreamCoding coding = StreamCoding::kEntropy) {
  auto writer = StreamWriter::Create(Header(quality, coding), kPacketsPerPage, TestModel());
  EXPECT_TRUE(writer.ok()) << writer.status().message();
  Bytes bytes = writer->HeaderBytes();
  EXPECT_TRUE(writer->Write(Packets(quality), &bytes).ok());
  EXPECT_TRUE(writer->Finish(kSamples, &bytes).ok());
  return bytes;
}

struct Reading {
  StreamHeader header;
  StreamTotals totals;
  Bytes packets;
  uint64_t gaps = 0;
  bool has_header = false;
  Status status;
};

Reading Read(std::span<const uint8_t> bytes, std::shared_ptr<const Model> model,
             size_t chunk = 1 << 20) {
  StreamReader reader("test", std::move(model));
  Reading reading;
  for (bool ended = false; !ended;) {
    const Result<StreamEvent> event = reader.Next();
    if (!event.ok()) {
      reading.status = event.status();
      break;
    }
    if (event->kind == Kind::kNeedInput) {
      if (bytes.empty()) reader.Finish();
      bytes = bytes.subspan(reader.Push(bytes.first(std::min(chunk, bytes.size()))));
    }
    if (event->kind == Kind::kHeader) reading.has_header = true;
    if (event->kind == Kind::kPackets)
      reading.packets.insert(reading.packets.end(), event->packets.begin(), event->packets.end());
    if (event->kind == Kind::kGap) ++reading.gaps;
    ended = event->kind == Kind::kEnd;
  }
  reading.header = reader.header();
  reading.totals = reader.totals();
  return reading;
}

TEST(EntropyStream, GivesBackThePacketsOfEveryQualityWhateverTheChunks) {
  for (int quality = 1; quality <= 12; ++quality) {
    const Bytes bytes = MakeStream(quality);
    for (const size_t chunk : {1u, 100u, 1u << 20}) {
      const Reading reading = Read(bytes, TestModel(), chunk);
      EXPECT_TRUE(reading.status.ok()) << reading.status.message();
      EXPECT_EQ(reading.header.coding, StreamCoding::kEntropy);
      EXPECT_EQ(reading.header.samples, kSamples);
      ASSERT_EQ(reading.packets, Packets(quality)) << "quality " << quality;
    }
  }
}

TEST(EntropyStream, IsNeverLargerThanFixedWidth) {
  for (int quality = 1; quality <= 12; ++quality)
    EXPECT_LE(MakeStream(quality).size(), MakeStream(quality, StreamCoding::kFixedWidth).size());
}

TEST(EntropyStream, IsCountedWithoutTheModel) {
  const Reading with = Read(MakeStream(6), TestModel());
  const Reading without = Read(MakeStream(6), nullptr);
  EXPECT_TRUE(without.status.ok());
  EXPECT_TRUE(without.packets.empty());
  EXPECT_EQ(without.totals.packets, with.totals.packets);
  EXPECT_EQ(without.totals.pages, with.totals.pages);
}

TEST(EntropyStream, FixedWidthAsksNoModel) {
  const Bytes bytes = MakeStream(6, StreamCoding::kFixedWidth);
  EXPECT_EQ(Read(bytes, nullptr).packets, Packets(6));
  EXPECT_EQ(Read(bytes, PlainModel()).packets, Packets(6));
}

TEST(EntropyStream, ALostPageCostsNoOther) {
  Bytes bytes = MakeStream(6);
  const Bytes header = StreamWriter::Create(Header(6), 10, TestModel())->HeaderBytes();
  bytes[header.size() + 20] ^= 1;  // in the first page's payload
  const Reading reading = Read(bytes, TestModel());
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.gaps, 1u);
  EXPECT_EQ(reading.totals.lost_packets, 10u);
  const Bytes packets = Packets(6);
  EXPECT_EQ(reading.packets, Bytes(packets.begin() + 10 * 14, packets.end()));
}

TEST(EntropyStream, AnyPrefixOfPagesCanBeRead) {
  const Bytes bytes = MakeStream(6);
  const Bytes packets = Packets(6);
  for (size_t size = bytes.size() / 3; size < bytes.size(); size += 97) {
    const Reading reading = Read(std::span(bytes).first(size), TestModel());
    EXPECT_EQ(reading.status.code(), StatusCode::kTruncated);
    ASSERT_LE(reading.packets.size(), packets.size());
    EXPECT_TRUE(std::equal(reading.packets.begin(), reading.packets.end(), packets.begin()));
  }
}

TEST(EntropyStream, ModelsThatCannotReadItAreNamed) {
  const Reading reading = Read(MakeStream(6), PlainModel());
  EXPECT_TRUE(reading.has_header) << "the header is told before";
  EXPECT_EQ(reading.status.code(), StatusCode::kModelMismatch);
  EXPECT_EQ(reading.status.message(),
            "'test' was encoded with model fedcba9876543210, but 'motet' is model "
            "0123456789abcdef");

  StreamHeader header = Header(6);
  header.model_identity = "0123456789abcdef";
  EXPECT_EQ(StreamWriter::Create(header, 10, TestModel()).status().code(),
            StatusCode::kModelMismatch);
  EXPECT_EQ(StreamWriter::Create(header, 10, PlainModel()).status().message(),
            "model 0123456789abcdef has no entropy model");
  EXPECT_EQ(StreamWriter::Create(Header(6), 10).status().message(),
            "stream writer: entropy coding needs the model");
}

// A model file that pretends to be another.
TEST(EntropyStream, AModelOfTheRightNameWithoutAnEntropyModelIsNoReader) {
  std::string json = testing::EntropyJson(testing::kBaseConfig);
  json = json.substr(0, json.find(R"(, "entropy")")) + "}";
  const auto model = Model::FromBytes(
      testing::WriteModelFile(json, testing::MakeTensors(testing::kBaseConfig, 31)), "m");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(Read(MakeStream(6), *model).status.message(),
            "'test' is entropy-coded, but 'motet' has no entropy model");
}

TEST(EntropyStream, AReaderOfFixedWidthAloneWouldSaySo) {
  Bytes bytes = MakeStream(6);
  EXPECT_EQ(bytes[22], 1) << "coding 1 of docs/FORMAT.md";
  EXPECT_EQ(MakeStream(6, StreamCoding::kFixedWidth)[22], 0);
}

TEST(EntropyStream, FixedWidthDependsOnTheCodecAlone) {
  const ModelInfo& with = TestModel()->info();
  const ModelInfo& without = PlainModel()->info();
  EXPECT_EQ(with.codec_identity, without.identity);
  EXPECT_EQ(without.codec_identity, without.identity);
  StreamHeader header = Header(6, StreamCoding::kFixedWidth);
  EXPECT_EQ(header.model_identity, without.identity);
  EXPECT_TRUE(CheckStreamModel(header, *TestModel(), "test").ok());
  EXPECT_TRUE(CheckStreamModel(header, *PlainModel(), "test").ok());
  header.model_identity = with.identity;  // says more than it need
  EXPECT_TRUE(CheckStreamModel(header, *TestModel(), "test").ok());
  EXPECT_EQ(CheckStreamModel(header, *PlainModel(), "test").code(), StatusCode::kModelMismatch);
  header.coding = StreamCoding::kEntropy;
  EXPECT_TRUE(CheckStreamModel(header, *TestModel(), "test").ok());
  header.model_identity = with.codec_identity;
  EXPECT_EQ(CheckStreamModel(header, *TestModel(), "test").code(), StatusCode::kModelMismatch);
}

std::vector<float> DecodeLeft(std::span<const uint8_t> bytes) {
  auto decoder = *StreamDecoder::Create(TestModel(), "test");
  std::vector<float> left;
  for (;;) {
    const Result<StreamBlock> block = decoder->Next();
    EXPECT_TRUE(block.ok()) << block.status().message();
    if (!block.ok() || block->kind == StreamBlock::Kind::kEnd) return left;
    if (block->kind == StreamBlock::Kind::kSamples)
      left.insert(left.end(), block->pcm[0], block->pcm[0] + block->frames);
    if (block->kind != StreamBlock::Kind::kNeedInput) continue;
    if (bytes.empty()) decoder->Finish();
    bytes = bytes.subspan(decoder->Push(bytes.first(std::min<size_t>(bytes.size(), 333))));
  }
}

TEST(EntropyStream, SoundsTheSameAsFixedWidth) {
  const std::vector<float> left = DecodeLeft(MakeStream(6));
  EXPECT_EQ(left.size(), kSamples);
  EXPECT_EQ(left, DecodeLeft(MakeStream(6, StreamCoding::kFixedWidth)));
}

TEST(EntropyStream, OfALadderOfItsOwnSoundsTheSameAsFixedWidth) {
  const auto model = testing::LadderModel();
  for (int quality = 1; quality <= 12; ++quality) {
    std::vector<std::vector<float>> sound;
    for (const StreamCoding coding : {StreamCoding::kEntropy, StreamCoding::kFixedWidth}) {
      const Bytes stream = testing::Encode(
          20'000, {.quality = quality, .coding = coding, .packets_per_page = 50}, model);
      const testing::Sound heard = testing::Player(stream, model).Play();
      EXPECT_TRUE(heard.ended) << heard.status.message();
      sound.push_back(heard.left);
    }
    ASSERT_EQ(sound[0].size(), 20'000U);
    EXPECT_EQ(sound[0], sound[1]) << "quality " << quality;
  }
}

}  // namespace
}  // namespace motet
