// Tests what joined streams promise: the samples of their parts, one after another, whatever the
// coding, the pages and the chunks, with seeking and with damage; and that no header is believed
// whose parts contradict it.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "arithmetic/crc32.h"
#include "header_checksum.h"
#include "motet/decoder.h"
#include "stream/stream_layout.h"
#include "stream_player.h"

namespace motet::testing {
namespace {

namespace layout = stream_layout;

using Floats = std::vector<float>;

// The packets of a stream.
Bytes PacketsOf(const Bytes& stream, const std::shared_ptr<const Model>& model,
                StreamHeader* header) {
  StreamReader reader("part", model);
  std::span<const uint8_t> unread = stream;
  Bytes packets;
  for (;;) {
    const Result<StreamEvent> event = reader.Next();
    EXPECT_TRUE(event.ok()) << event.status().message();
    if (!event.ok() || event->kind == StreamEvent::Kind::kEnd) break;
    if (event->kind == StreamEvent::Kind::kPackets)
      packets.insert(packets.end(), event->packets.begin(), event->packets.end());
    if (event->kind == StreamEvent::Kind::kNeedInput) unread = unread.subspan(reader.Push(unread));
  }
  *header = reader.header();
  return packets;
}

Bytes Join(const std::vector<Bytes>& streams, int packets_per_page,
           const std::shared_ptr<const Model>& model = BaseModel()) {
  Bytes packets;
  StreamHeader joined;
  std::vector<StreamPart> parts;
  uint64_t samples = 0;
  for (const Bytes& stream : streams) {
    StreamHeader header;
    const Bytes own = PacketsOf(stream, model, &header);
    packets.insert(packets.end(), own.begin(), own.end());
    parts.push_back(
        {.samples = header.samples,
         .packets = static_cast<uint32_t>(own.size() / static_cast<size_t>(header.packet_bytes)),
         .pre_skip = header.pre_skip});
    samples += header.samples;
    joined = header;
  }
  joined.samples = samples;
  joined.pre_skip = 0;
  joined.parts = std::move(parts);
  Result<StreamWriter> writer = StreamWriter::Create(joined, packets_per_page, model);
  EXPECT_TRUE(writer.ok()) << writer.status().message();
  Bytes bytes = writer->HeaderBytes();
  EXPECT_TRUE(writer->Write(packets, &bytes).ok());
  EXPECT_TRUE(writer->Finish(joined.samples, &bytes).ok());
  return bytes;
}

Floats From(const Floats& sound, size_t begin, size_t count) {
  const auto at = sound.begin() + static_cast<ptrdiff_t>(begin);
  return {at, at + static_cast<ptrdiff_t>(std::min(count, sound.size() - begin))};
}

// Three, of which the ends lie in packets and pages.
std::vector<Bytes> Streams(StreamCoding coding,
                           const std::shared_ptr<const Model>& model = BaseModel()) {
  std::vector<Bytes> streams;
  for (const size_t frames : {9000u, 70000u, 12345u})
    streams.push_back(Encode(frames, {.coding = coding}, model));
  return streams;
}

// What the decoder of a stream would go on with behind its end, as if the next packet were lost.
Floats WhatFollows(const Bytes& stream, const std::shared_ptr<const Model>& model) {
  StreamHeader header;
  const Bytes packets = PacketsOf(stream, model, &header);
  const auto decoder =
      std::move(*Decoder::Create(model, {.quality = header.quality, .channels = header.channels}));
  const auto packet = static_cast<size_t>(model->info().packet_samples);
  const size_t samples = packets.size() / static_cast<size_t>(header.packet_bytes) * packet;
  const size_t more = (kJoinFadeSamples + packet - 1) / packet;
  std::array<Floats, 2> pcm;
  for (Floats& plane : pcm) plane.resize(samples + more * packet);
  std::array<float*, 2> space = {pcm[0].data(), pcm[1].data()};
  EXPECT_TRUE(decoder->Decode(packets, space.data(), samples).ok());
  for (float*& plane : space) plane += samples;
  EXPECT_TRUE(decoder->Conceal(more, space.data(), more * packet).ok());
  const size_t end =
      static_cast<size_t>(model->info().delay_samples) + header.pre_skip + header.samples;
  return From(pcm[0], end, kJoinFadeSamples);
}

// That of the parts, one after another; the first of each fade into it.
Floats SoundOf(const std::vector<Bytes>& streams,
               const std::shared_ptr<const Model>& model = BaseModel()) {
  Floats sound, before;
  for (const Bytes& stream : streams) {
    Sound own = Player(stream, model).Play();
    EXPECT_TRUE(own.ended);
    for (size_t i = 0; i < before.size(); ++i) {
      const float t = (static_cast<float>(i) + 0.5F) / kJoinFadeSamples;
      const float share = t * t * (3 - 2 * t);
      own.left[i] = share * own.left[i] + (1 - share) * before[i];
    }
    sound.insert(sound.end(), own.left.begin(), own.left.end());
    before = WhatFollows(stream, model);
  }
  return sound;
}

TEST(JoinedStream, HasTheSamplesOfItsPartsOneAfterAnother) {
  for (const StreamCoding coding : {StreamCoding::kFixedWidth, StreamCoding::kEntropy}) {
    const std::vector<Bytes> streams = Streams(coding);
    const Floats wanted = SoundOf(streams);
    for (const int packets_per_page : {1, 7, 128}) {
      const Bytes joined = Join(streams, packets_per_page);
      const Sound sound = PlayAll(joined);
      EXPECT_TRUE(sound.ended) << sound.status.message();
      EXPECT_EQ(sound.left, wanted) << packets_per_page;
    }
  }
}

// A part with a pre-skip begins as in the stream from which it was cut.
TEST(JoinedStream, FadesIntoNoPartThatWasCut) {
  const Bytes stream = Encode(40000, {.coding = StreamCoding::kFixedWidth});
  StreamHeader header;
  const Bytes packets = PacketsOf(stream, BaseModel(), &header);
  header.samples -= 3000;
  header.pre_skip = 3000;
  Result<StreamWriter> writer = StreamWriter::Create(header, 10);
  Bytes cut = writer->HeaderBytes();
  ASSERT_TRUE(writer->Write(packets, &cut).ok());
  ASSERT_TRUE(writer->Finish(header.samples, &cut).ok());
  const Floats own = PlayAll(cut).left;
  const Floats both = PlayAll(Join({stream, cut}, 100)).left;
  EXPECT_EQ(From(both, 40000, 100000), own);
  EXPECT_NE(From(PlayAll(Join({stream, stream}, 100)).left, 40000, 100000), PlayAll(stream).left);
}

TEST(JoinedStream, BeginsThePhasesOfTonesAndLevelsOfBandsAnewWithEachPart) {
  for (const auto& model : {TonesModel(), BandsModel()}) {
    const std::vector<Bytes> streams = Streams(StreamCoding::kEntropy, model);
    const Bytes joined = Join(streams, 128, model);
    EXPECT_EQ(Player(joined, model).Play().left, SoundOf(streams, model));
  }
}

TEST(JoinedStream, IsSoughtInAcrossItsParts) {
  for (const auto& model : {BaseModel(), TonesModel(), BandsModel()}) {
    const std::vector<Bytes> streams = Streams(StreamCoding::kEntropy, model);
    const Floats wanted = SoundOf(streams, model);
    const Bytes joined = Join(streams, 5, model);
    Player player(joined, model);
    player.Open();
    for (const size_t sample : {0u, 8999u, 9000u, 9001u, 9255u, 9256u, 60000u, 78999u, 79000u,
                                79100u, 85000u, 91344u, 100u}) {
      player.Seek(sample);
      EXPECT_EQ(player.Play(20000).left, From(wanted, sample, 20000)) << sample;
    }
    player.Seek(wanted.size());
    const Sound end = player.Play();
    EXPECT_TRUE(end.ended);
    EXPECT_TRUE(end.left.empty());
  }
}

// The last page of a part and the first of the next are lost: the samples of the next are in their
// places, and as they were once its decoder has forgotten the loss.
TEST(JoinedStream, KeepsItsPlacesWhereTheEndOfAPartIsLost) {
  const std::vector<Bytes> streams = Streams(StreamCoding::kFixedWidth);
  const Floats wanted = SoundOf(streams);
  Bytes joined = Join(streams, 8);
  const size_t packets =
      layout::Get(joined, layout::kPartCount + layout::kPartCountBytes + layout::kPartPackets, 4);
  ASSERT_GT(packets, 8u);
  ASSERT_LT(packets, 16u);
  const size_t packet = layout::Get(joined, layout::kPacketBytes, 1);
  const size_t second =
      layout::Get(joined, layout::kHeaderBytes, 4) + layout::kPageHeaderBytes + 8 * packet;
  const size_t third = second + layout::kPageHeaderBytes + (packets - 8) * packet;
  joined[second + 20] ^= 1;
  joined[third + 20] ^= 1;
  const Sound sound = PlayAll(joined);
  ASSERT_EQ(sound.damage.size(), 1u);
  EXPECT_NE(sound.damage[0].find("packets 8 to " + std::to_string(packets + 7)), std::string::npos)
      << sound.damage[0];
  EXPECT_TRUE(sound.ended);
  ASSERT_EQ(sound.left.size(), wanted.size());
  EXPECT_NE(sound.left, wanted);
  EXPECT_EQ(From(sound.left, 75000, 100000), From(wanted, 75000, 100000));
}

TEST(JoinedStream, HasNoPageOfTwoParts) {
  Bytes joined = Join(Streams(StreamCoding::kFixedWidth), 100);
  // The first part is said to end a packet earlier, within its page, and the second to begin there.
  const size_t part = layout::kPartCount + layout::kPartCountBytes;
  joined[part + 1] -= 4;  // of 1024 samples
  joined[part + layout::kPartBytes + 1] += 4;
  --joined[part + layout::kPartPackets];
  ++joined[part + layout::kPartBytes + layout::kPartPackets];
  RepairChecksum(&joined);
  const Sound sound = PlayAll(joined);
  EXPECT_EQ(sound.damage.size(), 1u);
  EXPECT_TRUE(sound.ended) << sound.status.message();
}

TEST(JoinedStream, GivesWhatThereIsWhereItIsCutOff) {
  const std::vector<Bytes> streams = Streams(StreamCoding::kFixedWidth);
  const Floats wanted = SoundOf(streams);
  const Bytes joined = Join(streams, 4);
  for (const size_t bytes : {joined.size() / 2, joined.size() - 30}) {
    const Sound sound = PlayAll(std::span(joined).first(bytes));
    EXPECT_EQ(sound.status.code(), StatusCode::kTruncated);
    EXPECT_GT(sound.left.size(), 30000u);
    EXPECT_EQ(sound.left, From(wanted, 0, sound.left.size()));
  }
}

TEST(JoinedStream, KnowsWhereItsPartsLie) {
  const StreamHeader header = {.samples = 300,
                               .model_identity = "",
                               .tags = {},
                               .parts = {{100, 3, 0}, {150, 4, 7}, {50, 2, 0}}};
  const std::vector<StreamSpan> spans = StreamSpans(header);
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[1].first_packet, 3u);
  EXPECT_EQ(spans[1].end_packet, 7u);
  EXPECT_EQ(spans[1].first_sample, 100u);
  EXPECT_EQ(spans[1].end_sample, 250u);
  EXPECT_EQ(spans[1].pre_skip, 7u);
  const std::vector<std::pair<uint64_t, size_t>> of_samples = {
      {0, 0}, {99, 0}, {100, 1}, {249, 1}, {250, 2}, {300, 2}, {1000, 2}};
  for (const auto& [sample, span] : of_samples) EXPECT_EQ(SpanOfSample(spans, sample), span);
  for (const auto& [packet, span] :
       std::vector<std::pair<uint64_t, size_t>>{{0, 0}, {2, 0}, {3, 1}, {6, 1}, {7, 2}, {9, 2}})
    EXPECT_EQ(SpanOfPacket(spans, packet), span);
}

StreamHeader JoinedHeader() {
  StreamHeader header = MakeStreamHeader(*BaseModel(), 6, 2, StreamCoding::kFixedWidth);
  header.parts = {{3000, 6, 0}, {5000, 9, 100}};
  header.samples = 8000;
  return header;
}

TEST(JoinedStream, IsNotWrittenIfItsPartsDoNotHold) {
  const auto refused = [](auto change) {
    StreamHeader header = JoinedHeader();
    change(&header);
    const auto writer = StreamWriter::Create(header, 10);
    return !writer.ok() && writer.status().code() == StatusCode::kInvalidArgument;
  };
  EXPECT_FALSE(refused([](StreamHeader*) {}));
  EXPECT_TRUE(refused([](StreamHeader* h) { h->samples = 7999; }));
  EXPECT_TRUE(refused([](StreamHeader* h) { h->samples = kUnknownSamples; }));
  EXPECT_TRUE(refused([](StreamHeader* h) { h->pre_skip = 1; }));
  EXPECT_TRUE(refused([](StreamHeader* h) { h->parts = {{8000, 10, 0}}; })) << "one part";
  EXPECT_TRUE(refused([](StreamHeader* h) { h->parts[0].packets = 2; }));
  EXPECT_TRUE(refused([](StreamHeader* h) { h->parts[1].pre_skip = 9 * 1024; }));
  EXPECT_TRUE(refused([](StreamHeader* h) { h->parts = {{8000, 10, 0}, {0, 3, 0}}; }));
  EXPECT_TRUE(refused([](StreamHeader* h) { h->parts[1].packets = 0xFFFFFFFF; }));
  EXPECT_TRUE(refused([](StreamHeader* h) {
    h->parts.assign(70000, {1, 1, 0});
    h->samples = 70000;
  })) << "longer than a header may be";

  Result<StreamWriter> writer = StreamWriter::Create(JoinedHeader(), 10);
  Bytes bytes;
  const auto packet_bytes = static_cast<size_t>(writer->header().packet_bytes);
  ASSERT_TRUE(writer->Write(Bytes(14 * packet_bytes), &bytes).ok());
  EXPECT_EQ(writer->Finish(8000, &bytes).code(), StatusCode::kInvalidArgument) << "15 are missing";
  ASSERT_TRUE(writer->Write(Bytes(packet_bytes), &bytes).ok());
  EXPECT_TRUE(writer->Finish(8000, &bytes).ok());
}

TEST(JoinedStream, IsNotReadIfItsPartsDoNotHold) {
  const auto status_with = [](size_t offset, std::vector<uint8_t> value) {
    Result<StreamWriter> writer = StreamWriter::Create(JoinedHeader(), 10);
    Bytes bytes = writer->HeaderBytes();
    std::copy(value.begin(), value.end(), bytes.begin() + static_cast<ptrdiff_t>(offset));
    RepairChecksum(&bytes);
    StreamReader reader("joined");
    reader.Push(bytes);
    const Result<StreamEvent> event = reader.Next();
    return event.ok() ? Status() : event.status();
  };
  constexpr size_t kParts = layout::kPartCount + layout::kPartCountBytes;
  const std::vector<std::pair<size_t, std::vector<uint8_t>>> faults = {
      {layout::kPartCount, {1, 0, 0, 0}},                // one, and bytes behind it
      {layout::kPartCount, {3, 0, 0, 0}},                // more than there are
      {layout::kPartCount, {0xFF, 0xFF, 0xFF, 0xFF}},    //
      {layout::kSamples, {0x41}},                        // not those of the parts
      {kParts, {0}},                                     // nor these of the whole
      {kParts + layout::kPartPackets, {2}},              // too few for the samples
      {kParts + layout::kPartPreSkip, {0, 0, 0, 0xFF}},  // more than the packets
      {kParts + layout::kPartBytes, Bytes(8, 0)},        // none
  };
  EXPECT_TRUE(status_with(layout::kChannels, {1}).ok());
  for (const auto& [offset, value] : faults) {
    const Status status = status_with(offset, value);
    EXPECT_EQ(status.code(), StatusCode::kCorrupt) << offset;
    EXPECT_NE(status.message().find("part"), std::string::npos) << status.message();
  }

  // Packets that the parts do not have; what the delay makes of their number only the model knows.
  Bytes bytes = Join(Streams(StreamCoding::kFixedWidth), 100);
  constexpr size_t kEndPage = layout::kPageHeaderBytes + layout::kEndPayloadBytes;
  const auto end_page = std::span(bytes).last(kEndPage);
  end_page[layout::kPageFirstPacket] ^= 1;
  const uint32_t crc =
      Crc32(end_page.subspan(layout::kPageHeaderBytes), Crc32(end_page.first(layout::kPageCrc)));
  for (size_t i = 0; i < 4; ++i)
    end_page[layout::kPageCrc + i] = static_cast<uint8_t>(crc >> (8 * i));
  EXPECT_FALSE(PlayAll(bytes).ended);
}

TEST(JoinedStream, IsNotDecodedIfAPartHasOtherPacketsThanTheDelayWants) {
  const Bytes joined = Join(Streams(StreamCoding::kFixedWidth), 100);
  Bytes bytes = joined;
  const size_t first = layout::kPartCount + layout::kPartCountBytes + layout::kPartPackets;
  ++bytes[first];
  --bytes[first + layout::kPartBytes];
  RepairChecksum(&bytes);
  const Sound sound = PlayAll(bytes);
  EXPECT_EQ(sound.status.code(), StatusCode::kCorrupt);
  EXPECT_NE(sound.status.message().find("contradicts itself"), std::string::npos);
}

}  // namespace
}  // namespace motet::testing
