// Tests what StreamDecoder promises: the length that was encoded, whether the header knew it or
// not; the same samples whatever the chunks; damage reported and concealed without a shift; and
// errors that come after everything that could be decoded. The framing itself is tested in
// stream_reader_test.cc, the decoder in codec_test.cc.
#include "motet/stream_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "arithmetic/crc32.h"
#include "motet/encoder.h"
#include "random_model.h"
#include "stream/stream_layout.h"
#include "stream/whole_stream.h"

namespace motet {
namespace {

using Bytes = std::vector<uint8_t>;
using Kind = StreamBlock::Kind;

constexpr int kPacketsPerPage = 10;

std::shared_ptr<const Model> BaseModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(testing::RandomModel(testing::kBaseConfig, 21), "random model");
  return model;
}

Bytes EncodeStream(size_t samples, int channels, bool length_in_header) {
  auto encoder = Encoder::Create(BaseModel(), {.quality = 0, .channels = channels});
  EXPECT_TRUE(encoder.ok());
  auto writer = StreamWriter::Create({.channels = channels,
                                      .quality = 6,
                                      .packet_bytes = 14,
                                      .samples = length_in_header ? samples : kUnknownSamples,
                                      .model_identity = BaseModel()->info().identity,
                                      .tags = {}},
                                     kPacketsPerPage);
  EXPECT_TRUE(writer.ok());
  return testing::EncodeWhole(**encoder, *writer, testing::RandomSound(samples, 50));
}

struct Sound {
  std::vector<std::vector<float>> pcm{2};
  std::vector<std::string> damage;
  uint64_t lost = 0;
  bool ended = false;
  Status status;
};

Sound Decode(std::span<const uint8_t> bytes, size_t chunk = 1 << 20,
             const StreamDecoderOptions& options = {}) {
  auto decoder = StreamDecoder::Create(BaseModel(), "test", options);
  EXPECT_TRUE(decoder.ok());
  Sound sound;
  for (;;) {
    const Result<StreamBlock> block = (*decoder)->Next();
    if (!block.ok()) {
      sound.status = block.status();
      return sound;
    }
    switch (block->kind) {
      case Kind::kNeedInput: {
        const size_t taken = (*decoder)->Push(bytes.first(std::min(chunk, bytes.size())));
        if (bytes.empty()) (*decoder)->Finish();
        bytes = bytes.subspan(taken);
        break;
      }
      case Kind::kHeader:
        break;
      case Kind::kSamples:
        EXPECT_GT(block->frames, 0u);
        for (int c = 0; c < (*decoder)->header().channels; ++c) {
          const float* plane = block->pcm[static_cast<size_t>(c)];
          auto& whole = sound.pcm[static_cast<size_t>(c)];
          whole.insert(whole.end(), plane, plane + block->frames);
        }
        break;
      case Kind::kDamage:
        sound.damage.push_back(block->damage.message());
        sound.lost += block->packets;
        break;
      case Kind::kEnd:
        sound.ended = true;
        return sound;
    }
  }
}

// The bytes of a stream without some pages: [from, to) of those that it has.
Bytes WithoutPages(const Bytes& bytes, size_t from, size_t to) {
  const auto size_at = [&](size_t offset, int width) {
    size_t value = 0;
    for (int i = width; i-- > 0;) value = value << 8 | bytes[offset + static_cast<size_t>(i)];
    return value;
  };
  std::vector<size_t> pages = {size_at(12, 4)};
  while (pages.back() < bytes.size()) {
    pages.push_back(pages.back() + 14 + size_at(pages.back() + 8, 2));
  }
  Bytes left(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(pages[from]));
  left.insert(left.end(), bytes.begin() + static_cast<ptrdiff_t>(pages[to]), bytes.end());
  return left;
}

TEST(StreamDecoder, ConcealsTenSecondsInARowAndNoMoreUnlessAskedFor) {
  const Bytes whole = EncodeStream(44100 * 14, 2, true);
  const size_t per_second = 44100 / (1024 * kPacketsPerPage);  // pages, rounded down
  const Bytes short_gap = WithoutPages(whole, 2, 2 + 9 * per_second);
  const Bytes long_gap = WithoutPages(whole, 2, 2 + 13 * per_second);

  const Sound concealed = Decode(short_gap);
  EXPECT_TRUE(concealed.ended) << concealed.status.message();
  EXPECT_EQ(concealed.damage.size(), 1u);
  EXPECT_EQ(concealed.pcm[0].size(), 44100u * 14);

  const Sound refused = Decode(long_gap);
  EXPECT_EQ(refused.status.code(), StatusCode::kCorrupt);
  EXPECT_NE(refused.status.message().find("10.00 s in a row"), std::string::npos);
  EXPECT_LE(refused.pcm[0].size(), 2u * 1024 * kPacketsPerPage);

  const double infinity = std::numeric_limits<double>::infinity();
  const Sound asked = Decode(long_gap, 1 << 20, {.max_concealed_seconds = infinity});
  EXPECT_TRUE(asked.ended) << asked.status.message();
  EXPECT_EQ(asked.pcm[0].size(), 44100u * 14);
  EXPECT_EQ(Decode(short_gap, 1 << 20, {.max_concealed_seconds = 0}).status.code(),
            StatusCode::kCorrupt);

  for (const double limit : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    const auto decoder =
        StreamDecoder::Create(BaseModel(), "test", {.max_concealed_seconds = limit});
    EXPECT_EQ(decoder.status().code(), StatusCode::kInvalidArgument);
  }
}

TEST(StreamDecoder, EndsAtDamageIfItIsToBeStrict) {
  const Bytes whole = EncodeStream(44100 * 3, 2, true);
  const StreamDecoderOptions strict = {.strict = true};
  const Sound intact = Decode(whole, 1000, strict);
  EXPECT_TRUE(intact.ended) << intact.status.message();

  const Sound lossy = Decode(WithoutPages(whole, 3, 4), 1000, strict);
  EXPECT_EQ(lossy.status.code(), StatusCode::kCorrupt);
  EXPECT_NE(lossy.status.message().find("packets 30 to 39 are lost"), std::string::npos)
      << lossy.status.message();
  EXPECT_TRUE(lossy.damage.empty());
  ASSERT_LE(lossy.pcm[0].size(), 30u * 1024);
  ASSERT_GT(lossy.pcm[0].size(), 25u * 1024);  // what was there before the damage
  EXPECT_TRUE(std::equal(lossy.pcm[0].begin(), lossy.pcm[0].end(), intact.pcm[0].begin()));

  Bytes foreign = whole;
  foreign.insert(foreign.end() - 22, {1, 2, 3});  // before the end page
  const Sound stray = Decode(foreign, 1000, strict);
  EXPECT_EQ(stray.status.code(), StatusCode::kCorrupt);
  EXPECT_NE(stray.status.message().find("3 bytes belong to no page"), std::string::npos)
      << stray.status.message();
  EXPECT_TRUE(Decode(foreign, 1000).ended);
}

TEST(StreamDecoder, GivesExactlyTheLengthThatWasEncoded) {
  for (const size_t samples : {0, 1, 1023, 1024, 1025, 44100}) {
    for (const bool in_header : {false, true}) {
      const Sound sound = Decode(EncodeStream(samples, 2, in_header));
      ASSERT_TRUE(sound.ended) << sound.status.message();
      EXPECT_EQ(sound.pcm[0].size(), samples) << (in_header ? "known" : "unknown");
      EXPECT_EQ(sound.pcm[1].size(), samples);
      EXPECT_TRUE(sound.damage.empty());
    }
  }
}

TEST(StreamDecoder, GivesTheSameWhateverTheChunksAndTheHeader) {
  const Bytes bytes = EncodeStream(60000, 2, true);
  const Sound whole = Decode(bytes);
  EXPECT_EQ(Decode(EncodeStream(60000, 2, false)).pcm, whole.pcm);
  for (const size_t chunk : {1, 7, 100, 1000}) EXPECT_EQ(Decode(bytes, chunk).pcm, whole.pcm);
}

TEST(StreamDecoder, GivesMonoAsOneChannel) {
  const Sound sound = Decode(EncodeStream(30000, 1, true));
  EXPECT_EQ(sound.pcm[0].size(), 30000u);
  EXPECT_TRUE(sound.pcm[1].empty());
}

TEST(StreamDecoder, BridgesADamagedPageWithoutShiftingWhatFollows) {
  const Bytes bytes = EncodeStream(100000, 2, true);
  const Sound whole = Decode(bytes);
  Bytes damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  const Sound sound = Decode(damaged);
  ASSERT_TRUE(sound.ended) << sound.status.message();
  EXPECT_EQ(sound.lost, static_cast<uint64_t>(kPacketsPerPage));
  ASSERT_EQ(sound.damage.size(), 1u);
  EXPECT_NE(sound.damage[0].find("'test' is damaged before byte"), std::string::npos);
  ASSERT_EQ(sound.pcm[0].size(), 100000u);
  EXPECT_NE(sound.pcm, whole.pcm);
  const size_t after =
      (60 + static_cast<size_t>(BaseModel()->info().decoder_preroll_packets)) * 1024;
  EXPECT_TRUE(std::equal(sound.pcm[0].begin() + static_cast<ptrdiff_t>(after), sound.pcm[0].end(),
                         whole.pcm[0].begin() + static_cast<ptrdiff_t>(after)));
}

TEST(StreamDecoder, GivesWhatThereIsOfATruncatedStreamThenSaysSo) {
  for (const bool in_header : {false, true}) {
    const Bytes bytes = EncodeStream(100000, 2, in_header);
    const Sound whole = Decode(bytes);
    const Sound sound = Decode(std::span(bytes).first(bytes.size() / 2));
    EXPECT_FALSE(sound.ended);
    EXPECT_EQ(sound.status.code(), StatusCode::kTruncated);
    EXPECT_GT(sound.pcm[0].size(), 30000u);
    EXPECT_EQ((sound.pcm[0].size() + 2304) % 1024, 0u) << "whole packets";
    EXPECT_TRUE(std::equal(sound.pcm[0].begin(), sound.pcm[0].end(), whole.pcm[0].begin()));
  }
}

TEST(StreamDecoder, RefusesWhatIsNoStreamOrAnotherModels) {
  EXPECT_EQ(Decode(Bytes(100, 7)).status.code(), StatusCode::kNotMotet);
  EXPECT_EQ(Decode(Bytes()).status.code(), StatusCode::kTruncated);
  auto writer = StreamWriter::Create(
      {.quality = 6, .packet_bytes = 14, .model_identity = "00000000c0ffee00", .tags = {}});
  EXPECT_EQ(Decode(writer->HeaderBytes()).status.code(), StatusCode::kModelMismatch);
  EXPECT_FALSE(StreamDecoder::Create(nullptr, "test").ok());
}

TEST(StreamDecoder, TellsAFaultAgainInsteadOfSilence) {
  auto decoder = StreamDecoder::Create(BaseModel(), "test");
  ASSERT_TRUE(decoder.ok());
  const Bytes garbage(100, 7);
  EXPECT_EQ((*decoder)->Next()->kind, Kind::kNeedInput);
  EXPECT_EQ((*decoder)->Push(garbage), garbage.size());
  const Status fault = (*decoder)->Next().status();
  EXPECT_EQ(fault.code(), StatusCode::kNotMotet);
  (*decoder)->Push(garbage);
  EXPECT_EQ((*decoder)->Next().status().message(), fault.message());
  (*decoder)->Finish();
  EXPECT_EQ((*decoder)->Next().status().message(), fault.message());
}

TEST(StreamDecoder, RefusesALengthThatThePacketsDoNotMake) {
  auto writer = StreamWriter::Create({.quality = 6,
                                      .packet_bytes = 14,
                                      .model_identity = BaseModel()->info().identity,
                                      .tags = {}});
  Bytes lying = writer->HeaderBytes();
  ASSERT_TRUE(writer->Write(Bytes(14 * 8), &lying).ok());
  ASSERT_TRUE(writer->Finish(8 * 1024, &lying).ok()) << "as many as could be, but for the delay";
  const Sound sound = Decode(lying);
  EXPECT_EQ(sound.status.code(), StatusCode::kCorrupt);
  EXPECT_NE(sound.status.message().find("contradicts itself"), std::string::npos);
}

// Each page claims that 65 535 packets before it are lost: half an hour of sound.
TEST(StreamDecoder, ConcealsNothingBeyondTheLengthThatTheHeaderSays) {
  namespace layout = stream_layout;
  auto writer = StreamWriter::Create({.quality = 1,
                                      .packet_bytes = BaseModel()->PacketBytes(1),
                                      .samples = 1000,
                                      .model_identity = BaseModel()->info().identity,
                                      .tags = {}});
  ASSERT_TRUE(writer.ok());
  Bytes crafted = writer->HeaderBytes();
  const auto append_page = [&crafted](uint64_t flags, uint64_t packets, uint64_t first,
                                      const Bytes& payload) {
    Bytes page(layout::kSync.begin(), layout::kSync.end());
    layout::Put(&page, flags, 1);
    layout::Put(&page, packets, 1);
    layout::Put(&page, first, 4);
    layout::Put(&page, payload.size(), 2);
    layout::Put(&page, Crc32(payload, Crc32(page)), 4);
    page.insert(page.end(), payload.begin(), payload.end());
    crafted.insert(crafted.end(), page.begin(), page.end());
  };
  constexpr uint64_t kPages = 1000;
  for (uint64_t page = 0; page < kPages; ++page)
    append_page(0, 1, page * 65536, Bytes(static_cast<size_t>(BaseModel()->PacketBytes(1))));
  Bytes length;
  layout::Put(&length, 1000, layout::kEndPayloadBytes);
  append_page(layout::kEndPageFlag, 0, (kPages - 1) * 65536 + 1, length);

  const Sound sound = Decode(crafted);
  EXPECT_EQ(sound.pcm[0].size(), 1000u);
  EXPECT_EQ(sound.lost, (kPages - 1) * 65535) << "they are reported all the same";
  EXPECT_EQ(sound.status.code(), StatusCode::kCorrupt);
  EXPECT_NE(sound.status.message().find("packets do not make 1000 samples"), std::string::npos);
}

}  // namespace
}  // namespace motet
