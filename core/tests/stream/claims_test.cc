// Tests that what a stream or a model file claims never decides what is allocated: whatever the
// bytes, each of the library's ways to read them allocates at most a fixed number of bytes and some
// for each byte that came. All that is asked for counts, whether it is freed again or not. Streams
// are golden ones of every kind, and such whose few bytes claim much. What is computed is bounded
// by the number of samples that come out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "hostile_streams.h"
#include "motet/core.h"
#include "motet/motet.h"
#include "random_model.h"

namespace motet {
namespace {

using Bytes = std::vector<uint8_t>;

const std::filesystem::path kGolden = MOTET_GOLDEN_FILES;

const std::shared_ptr<const Model>& GoldenModel() {
  static const std::shared_ptr<const Model> model =
      *Model::Load((kGolden / "model.motetmodel").string());
  return model;
}

std::vector<testing::NamedStream> AllStreams() {
  std::vector<testing::NamedStream> streams = testing::HostileStreams(GoldenModel());
  const std::vector<testing::NamedStream> golden = testing::SomeGoldenStreams(kGolden);
  streams.insert(streams.end(), golden.begin(), golden.end());
  return streams;
}

// What a way to read may allocate.
struct Bound {
  int64_t fixed = 0;     // bytes
  int64_t per_byte = 0;  // of the stream
};

// Reads a stream and returns how many samples per channel, or packets, came out.
using Reading = std::function<uint64_t(const Bytes&)>;

void ExpectBounded(const std::string& way, Bound bound, const Reading& read) {
  // What a model unpacks for the first user of a quality is the model's.
  for (const testing::NamedStream& stream : testing::SomeGoldenStreams(kGolden))
    (void)read(stream.bytes);
  std::string worst;
  int64_t most = -1'000'000'000;
  for (const testing::NamedStream& stream : AllStreams()) {
    const int64_t before = testing::AllocationsSoFar().bytes;
    (void)read(stream.bytes);
    const int64_t allocated = testing::AllocationsSoFar().bytes - before;
    const auto size = static_cast<int64_t>(stream.bytes.size());
    EXPECT_LE(allocated, bound.fixed + bound.per_byte * size)
        << way << ": " << stream.name << ", " << size << " bytes";
    if (allocated - bound.per_byte * size > most) {
      most = allocated - bound.per_byte * size;
      worst = std::to_string(allocated) + " bytes for " + std::to_string(size) + ", " + stream.name;
    }
  }
  std::printf("%-44s most: %s\n", way.c_str(), worst.c_str());
}

// Every event of a stream; each span of packets goes to `take`.
template <typename Take>
uint64_t ReadPackets(const Bytes& bytes, std::shared_ptr<const Model> model, const Take& take) {
  StreamReader reader("stream", std::move(model));
  std::span<const uint8_t> unread = bytes;
  for (;;) {
    const Result<StreamEvent> event = reader.Next();
    if (!event.ok() || event->kind == StreamEvent::Kind::kEnd) return reader.totals().packets;
    if (event->kind == StreamEvent::Kind::kNeedInput) {
      if (unread.empty()) reader.Finish();
      unread = unread.subspan(reader.Push(unread.first(std::min<size_t>(unread.size(), 5000))));
    }
    if (event->kind == StreamEvent::Kind::kPackets) take(reader.header(), *event);
  }
}

uint64_t DecodeStream(StreamDecoder& decoder, std::span<const uint8_t> unread) {
  uint64_t samples = 0;
  for (;;) {
    const Result<StreamBlock> block = decoder.Next();
    if (!block.ok() || block->kind == StreamBlock::Kind::kEnd) return samples;
    samples += block->frames;
    if (block->kind == StreamBlock::Kind::kNeedInput) {
      if (unread.empty()) decoder.Finish();
      unread = unread.subspan(decoder.Push(unread.first(std::min<size_t>(unread.size(), 5000))));
    }
  }
}

TEST(Claims, NeverDecideWhatStreamReaderAllocates) {
  const auto ignore = [](const StreamHeader&, const StreamEvent&) {};
  ExpectBounded("StreamReader", {200'000, 60},
                [&](const Bytes& bytes) { return ReadPackets(bytes, nullptr, ignore); });
  ExpectBounded("StreamReader with a model", {500'000, 60},
                [&](const Bytes& bytes) { return ReadPackets(bytes, GoldenModel(), ignore); });
}

TEST(Claims, NeverDecideWhatStreamDecoderAllocatesAndComputes) {
  for (const bool strict : {false, true}) {
    ExpectBounded(strict ? "StreamDecoder, strict" : "StreamDecoder", {5'000'000, 60},
                  [&](const Bytes& bytes) {
                    const auto decoder =
                        *StreamDecoder::Create(GoldenModel(), "stream", {.strict = strict});
                    const uint64_t samples = DecodeStream(*decoder, bytes);
                    // Ten seconds in a row are concealed at most: a page brings no more than them
                    // and its own packets.
                    EXPECT_LE(samples, (decoder->totals().pages + 1) * (10 * 44100 + 255 * 1024));
                    return samples;
                  });
  }
}

TEST(Claims, NeverDecideWhatSeekingAllocates) {
  ExpectBounded("StreamDecoder::Search, Seek", {5'000'000, 60}, [](const Bytes& bytes) {
    const auto decoder = *StreamDecoder::Create(GoldenModel(), "stream");
    size_t pushed = 0;
    for (;;) {
      const Result<StreamBlock> block = decoder->Next();
      if (!block.ok()) return uint64_t{0};
      if (block->kind == StreamBlock::Kind::kHeader) break;
      if (pushed == bytes.size()) decoder->Finish();
      pushed += decoder->Push(std::span(bytes).subspan(pushed));
    }
    uint64_t samples = 0;
    for (const uint64_t sample : {uint64_t{5000}, uint64_t{1} << 40, ~uint64_t{0}}) {
      Result<PageSearch> search = decoder->Search(sample, bytes.size());
      if (!search.ok()) break;
      while (search->wanted().bytes > 0) {
        const PageSearch::Range wanted = search->wanted();
        search->Take(std::span(bytes).subspan(wanted.offset, wanted.bytes));
      }
      if (!decoder->Seek(sample, search->found()).ok()) break;
      samples += DecodeStream(*decoder, std::span(bytes).subspan(search->found()));
    }
    return samples;
  });
}

TEST(Claims, NeverDecideWhatReadingFeaturesAllocates) {
  ExpectBounded("StreamReader and FeatureReader", {1'500'000, 60}, [](const Bytes& bytes) {
    std::unique_ptr<FeatureReader> features;
    std::vector<float> rows(kMaxPacketsPerPage * FeatureReader::kRowsPerPacket *
                            FeatureReader::kFeatures);
    return ReadPackets(bytes, GoldenModel(),
                       [&](const StreamHeader& header, const StreamEvent& event) {
                         if (features == nullptr)
                           features = *FeatureReader::Create(GoldenModel(), header.quality);
                         if (header.packet_bytes == features->packet_bytes()) {
                           EXPECT_TRUE(features->Read(event.packets, rows).ok());
                         }
                       });
  });
}

struct Memory {
  const Bytes& bytes;
  static size_t ReadAt(void* user, uint64_t offset, void* out, size_t size) {
    const Bytes& bytes = static_cast<Memory*>(user)->bytes;
    const auto some = std::span(bytes).subspan(offset);
    const size_t count = std::min(size, some.size());
    std::copy_n(some.begin(), count, static_cast<uint8_t*>(out));
    return count;
  }
};

uint64_t DecodeInC(motet_stream_decoder* decoder, std::span<const uint8_t> unread, bool to_header) {
  uint64_t frames = 0;
  for (;;) {
    const motet_stream_block* block = motet_stream_decoder_next(decoder, nullptr);
    if (block == nullptr || block->kind == MOTET_BLOCK_END) return frames;
    if (to_header && block->kind == MOTET_BLOCK_HEADER) return frames;
    frames += block->frames;
    if (block->kind == MOTET_BLOCK_NEED_INPUT)
      unread = unread.subspan(motet_stream_decoder_push(decoder, unread.data(), unread.size()));
  }
}

TEST(Claims, NeverDecideWhatTheCInterfaceAllocates) {
  motet_model* model = motet_model_load((kGolden / "model.motetmodel").string().c_str(), nullptr);
  ASSERT_NE(model, nullptr);
  for (const bool seeks : {false, true}) {
    ExpectBounded(seeks ? "motet_stream_decoder_seek" : "motet_stream_decoder_next",
                  {5'000'000, 70}, [&](const Bytes& bytes) {
                    motet_stream_decoder* decoder =
                        motet_stream_decoder_create(model, nullptr, nullptr);
                    uint64_t frames = DecodeInC(decoder, bytes, seeks);
                    uint64_t offset = 0;
                    Memory memory{bytes};
                    if (seeks && motet_stream_decoder_seek(decoder, uint64_t{1} << 40, bytes.size(),
                                                           Memory::ReadAt, &memory, &offset,
                                                           nullptr) == MOTET_OK)
                      frames += DecodeInC(decoder, std::span(bytes).subspan(offset), false);
                    motet_stream_decoder_free(decoder);
                    return frames;
                  });
  }
  motet_model_free(model);
}

TEST(Claims, OfAModelFileNeverDecideWhatIsAllocated) {
  std::ifstream file(kGolden / "model.motetmodel", std::ios::binary);
  const Bytes golden{std::istreambuf_iterator<char>(file), {}};
  const std::string text(golden.begin(), golden.end());
  std::vector<testing::NamedStream> files = {{"golden", golden}};
  // Larger numbers in as many characters, for tensors that are not there.
  const auto with = [&](const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    ASSERT_EQ(from.size(), to.size());
    Bytes changed = golden;
    std::copy(to.begin(), to.end(), changed.begin() + static_cast<ptrdiff_t>(at));
    testing::RepairHeader(&changed);
    files.push_back({to, changed});
  };
  with("\"dilation\": 2", "\"dilation\": 9");
  with("\"hidden\": 4", "\"hidden\": 9");
  with("\"width\": 6", "\"width\": 9");
  with("\"latent\": 4", "\"latent\": 9");
  const auto field = [&](const std::string& name, size_t offset, uint8_t value) {
    Bytes changed = golden;
    changed[offset + 3] = value;
    testing::RepairHeader(&changed);
    files.push_back({name, changed});
  };
  field("a configuration of gigabytes", 12, 0x7F);
  field("two thousand million tensors", 16, 0x7F);
  field("a table of gigabytes", 20, 0x7F);
  files.push_back({"the beginning", Bytes(golden.begin(), golden.begin() + 100)});
  for (const testing::NamedStream& model : files) {
    const int64_t before = testing::AllocationsSoFar().bytes;
    const auto loaded = Model::FromBytes(model.bytes, "model");
    const int64_t allocated = testing::AllocationsSoFar().bytes - before;
    if (model.name == "golden") {
      EXPECT_TRUE(loaded.ok()) << loaded.status().message();
    }
    EXPECT_LE(allocated, 3'000'000 + 40 * static_cast<int64_t>(model.bytes.size())) << model.name;
    std::printf("Model::FromBytes, %s: %lld bytes for %zu\n", model.name.c_str(),
                static_cast<long long>(allocated), model.bytes.size());
  }
}

}  // namespace
}  // namespace motet

int main(int argc, char** argv) {
  if (!motet::testing::CountXnnpackAllocations()) return 1;
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
