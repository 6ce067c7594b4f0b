// Tests what StreamEncoder promises: the bytes of Encoder and StreamWriter on the whole signal,
// whatever the chunks; the length and the tags in the header; bytes that come as early as the pages
// allow, and never more than announced; and what it refuses. That it allocates nothing is tested in
// allocation_test.cc, what the bytes mean in stream_reader_test.cc.
#include "motet/stream_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "motet/encoder.h"
#include "motet/stream_decoder.h"
#include "random_model.h"
#include "stream/whole_stream.h"

namespace motet {
namespace {

using Bytes = std::vector<uint8_t>;

std::shared_ptr<const Model> TestModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(testing::RandomEntropyModel(testing::kBaseConfig, 61), "with");
  return model;
}

std::shared_ptr<const Model> PlainModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(testing::RandomModel(testing::kBaseConfig, 61), "without");
  return model;
}

std::unique_ptr<StreamEncoder> MakeEncoder(const StreamEncoderOptions& options) {
  auto encoder = StreamEncoder::Create(TestModel(), options);
  EXPECT_TRUE(encoder.ok()) << encoder.status().message();
  return std::move(*encoder);
}

struct Stream {
  Bytes bytes;
  Bytes header;  // after the end
};

Stream Encode(const StreamEncoderOptions& options, size_t samples, size_t chunk) {
  const std::unique_ptr<StreamEncoder> encoder = MakeEncoder(options);
  const auto pcm = testing::RandomSound(samples, 62);
  Stream stream;
  for (size_t at = 0; at < samples; at += chunk) {
    const float* const planes[] = {pcm[0].data() + at, pcm[1].data() + at};
    const size_t before = stream.bytes.size(), frames = std::min(chunk, samples - at);
    const size_t most = encoder->MaxOutputBytes(frames);
    EXPECT_TRUE(encoder->Encode(planes, frames, &stream.bytes).ok());
    EXPECT_LE(stream.bytes.size() - before, most);
  }
  EXPECT_EQ(encoder->samples(), samples);
  const size_t before = stream.bytes.size(), most = encoder->MaxFinishBytes();
  EXPECT_TRUE(encoder->Finish(&stream.bytes).ok());
  EXPECT_LE(stream.bytes.size() - before, most);
  stream.header = encoder->HeaderBytes();
  return stream;
}

// The same by hand, in one piece.
Bytes EncodeWhole(const StreamEncoderOptions& options, size_t samples) {
  auto encoder =
      Encoder::Create(TestModel(), {.quality = options.quality, .channels = options.channels});
  StreamHeader header = MakeStreamHeader(*TestModel(), (*encoder)->options().quality,
                                         options.channels, *options.coding);
  header.samples = options.samples;
  header.tags = options.tags;
  auto writer = StreamWriter::Create(header, options.packets_per_page, TestModel());
  return testing::EncodeWhole(**encoder, *writer, testing::RandomSound(samples, 62));
}

// The samples per channel of a stream, and its header.
std::pair<size_t, StreamHeader> Decode(std::span<const uint8_t> bytes) {
  auto decoder = StreamDecoder::Create(TestModel(), "test");
  size_t samples = 0;
  for (;;) {
    const Result<StreamBlock> block = (*decoder)->Next();
    if (!block.ok()) {
      ADD_FAILURE() << block.status().message();
      return {};
    }
    samples += block->frames;
    if (block->kind == StreamBlock::Kind::kEnd) return {samples, (*decoder)->header()};
    if (block->kind == StreamBlock::Kind::kNeedInput)
      bytes = bytes.subspan((*decoder)->Push(bytes));
  }
}

TEST(StreamEncoder, GivesTheSameBytesWhateverTheChunks) {
  constexpr size_t kSamples = 50000;
  for (const StreamCoding coding : {StreamCoding::kFixedWidth, StreamCoding::kEntropy}) {
    for (const int channels : {1, 2}) {
      for (const int packets_per_page : {1, 10, kDefaultPacketsPerPage}) {
        const StreamEncoderOptions options = {.channels = channels,
                                              .quality = 5,
                                              .coding = coding,
                                              .packets_per_page = packets_per_page,
                                              .tags = {{"title", "Round"}}};
        const Bytes whole = EncodeWhole(options, kSamples);
        for (const size_t chunk : {size_t{100}, size_t{1024}, size_t{16385}, kSamples}) {
          EXPECT_EQ(Encode(options, kSamples, chunk).bytes, whole) << "chunks of " << chunk;
        }
      }
    }
  }
  const StreamEncoderOptions options = {.quality = 1, .coding = StreamCoding::kEntropy};
  EXPECT_EQ(Encode(options, 5000, 1).bytes, EncodeWhole(options, 5000));
}

TEST(StreamEncoder, IsTheInverseOfStreamDecoderForEveryLength) {
  const std::vector<StreamTag> tags = {{"artist", "N. N."}, {"title", "Été"}};
  for (const size_t samples : {0, 1, 1023, 1024, 1025, 44100}) {
    const auto [decoded, header] = Decode(Encode({.tags = tags}, samples, 4096).bytes);
    EXPECT_EQ(decoded, samples);
    EXPECT_EQ(header.quality, TestModel()->info().default_quality);
    EXPECT_EQ(header.coding, StreamCoding::kEntropy) << "the default of this model";
    EXPECT_EQ(header.tags, tags);
  }
}

TEST(StreamEncoder, SaysTheLengthInTheHeaderWhereItIsPromisedAndAfterTheEndAnyway) {
  const Stream promised = Encode({.samples = 30000}, 30000, 1000);
  EXPECT_TRUE(std::equal(promised.header.begin(), promised.header.end(), promised.bytes.begin()));
  Stream unknown = Encode({}, 30000, 1000);
  EXPECT_NE(unknown.bytes, promised.bytes);
  std::copy(unknown.header.begin(), unknown.header.end(), unknown.bytes.begin());
  EXPECT_EQ(unknown.bytes, promised.bytes);
}

TEST(StreamEncoder, GivesTheHeaderAtOnceAndEachPageWhenItIsFull) {
  const auto encoder =
      MakeEncoder({.quality = 6, .coding = StreamCoding::kFixedWidth, .packets_per_page = 1});
  Bytes bytes;
  ASSERT_TRUE(encoder->Encode(nullptr, 0, &bytes).ok());
  EXPECT_EQ(bytes, encoder->HeaderBytes());
  const std::vector<float> silence(1024);
  const float* const planes[] = {silence.data(), silence.data()};
  for (int packet = 0; packet < 5; ++packet) {
    bytes.clear();
    ASSERT_TRUE(encoder->Encode(planes, 1023, &bytes).ok());
    EXPECT_TRUE(bytes.empty());
    ASSERT_TRUE(encoder->Encode(planes, 1, &bytes).ok());
    EXPECT_EQ(bytes.size(), 14u + 14u) << "a page of one packet";
  }
}

TEST(StreamEncoder, RefusesOptionsThatDoNotHold) {
  const auto refusal = [](const StreamEncoderOptions& options) {
    const auto encoder = StreamEncoder::Create(TestModel(), options);
    EXPECT_EQ(encoder.status().code(), StatusCode::kInvalidArgument);
    return encoder.status().message();
  };
  EXPECT_EQ(refusal({.sample_rate = 48000}),
            "stream encoder: sample rate is 48000 Hz, wanted 44100, the model's: resample first");
  EXPECT_EQ(refusal({.quality = 13}), "quality is 13, wanted 1 to 12");
  EXPECT_EQ(refusal({.channels = 3}), "channels is 3, wanted 1 or 2");
  EXPECT_NE(refusal({.packets_per_page = 256}).find("packets of a page is 256"), std::string::npos);
  EXPECT_NE(refusal({.tags = {{"", "x"}}}).find("empty key"), std::string::npos);
  EXPECT_FALSE(StreamEncoder::Create(nullptr, {}).ok());
  EXPECT_EQ(StreamEncoder::Create(PlainModel(), {.coding = StreamCoding::kEntropy}).status().code(),
            StatusCode::kInvalidArgument);
}

TEST(StreamEncoder, RefusesSamplesBeyondThePromiseAndAfterTheEndAndTakesNoneOfThem) {
  const std::vector<float> silence(2000);
  const float* const planes[] = {silence.data(), silence.data()};
  const auto encoder = MakeEncoder({.samples = 1500});
  Bytes bytes;
  ASSERT_TRUE(encoder->Encode(planes, 1000, &bytes).ok());
  const Bytes before = bytes;
  EXPECT_EQ(encoder->Encode(planes, 501, &bytes).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(encoder->Finish(&bytes).message(),
            "stream encoder: 1000 samples came, 1500 were promised");
  EXPECT_EQ(bytes, before);
  ASSERT_TRUE(encoder->Encode(planes, 500, &bytes).ok());
  ASSERT_TRUE(encoder->Finish(&bytes).ok());
  EXPECT_EQ(Decode(bytes).first, 1500u);
  EXPECT_EQ(encoder->Encode(planes, 0, &bytes).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(encoder->Finish(&bytes).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace motet
