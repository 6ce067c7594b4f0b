// Tests that encoding, decoding, concealing, flushing, resetting and reading features allocate
// nothing, nor does encoding a stream into room that is there.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/feature_reader.h"
#include "motet/motet.h"
#include "motet/stream_encoder.h"
#include "random_model.h"

namespace motet {
namespace {

int64_t AllocationsNow() { return testing::AllocationsSoFar().count; }

TEST(Allocation, IsCountedHere) {
  const int64_t before = AllocationsNow();
  std::vector<float> some(1000);
  EXPECT_GT(AllocationsNow(), before);
}

void ExpectNoneOnceThingsAreCreated(const std::string& config) {
  const auto model = Model::FromBytes(testing::RandomModel(config, 51), "random");
  ASSERT_TRUE(model.ok()) << model.status().message();
  const auto packet = static_cast<size_t>((*model)->info().packet_samples);
  const auto packet_bytes = static_cast<size_t>((*model)->PacketBytes(12));
  auto encoder = Encoder::Create(*model, {12, 2});
  auto decoder = Decoder::Create(*model, {12, 2});
  auto reader = FeatureReader::Create(*model, 12);
  ASSERT_TRUE(encoder.ok() && decoder.ok() && reader.ok());
  const auto pcm = testing::RandomSound(50000, 52);
  std::vector<uint8_t> packets((*encoder)->MaxOutputBytes(50000) + (*encoder)->MaxFlushBytes());
  std::vector<std::vector<float>> sound(2, std::vector<float>(100 * packet));
  // Two rows of 17 for each packet.
  std::vector<float> rows(packets.size() / packet_bytes * 34);
  float* const planes[] = {sound[0].data(), sound[1].data()};
  bool ok = true;

  const int64_t before = AllocationsNow();
  for (int round = 0; round < 2; ++round) {
    size_t bytes = 0;
    // Chunks of several sizes, so that operators change their number of rows.
    for (size_t at = 0, chunk = 1; at < 50000; at += chunk, chunk = chunk * 3 % 40001) {
      if (chunk > 50000 - at) chunk = 50000 - at;
      const float* const input[] = {pcm[0].data() + at, pcm[1].data() + at};
      const auto written = (*encoder)->Encode(input, chunk, std::span(packets).subspan(bytes));
      ok = ok && written.ok();
      if (written.ok()) bytes += *written;
    }
    const auto flushed = (*encoder)->Flush(std::span(packets).subspan(bytes));
    ok = ok && flushed.ok();
    if (flushed.ok()) bytes += *flushed;
    const auto all = std::span<const uint8_t>(packets).first(bytes);
    for (size_t count : {1, 7, 20, 40}) {
      ok = ok && (*decoder)->Decode(all.first(count * packet_bytes), planes, 100 * packet).ok();
    }
    ok = ok && (*decoder)->Conceal(21, planes, 100 * packet).ok();
    ok = ok && (*reader)->Read(all, rows).ok();
    (*encoder)->Reset();
    (*decoder)->Reset();
  }
  const int64_t after = AllocationsNow();
  EXPECT_TRUE(ok);
  EXPECT_EQ(after - before, 0);
}

TEST(Allocation, HappensOnlyWhenThingsAreCreated) {
  ExpectNoneOnceThingsAreCreated(testing::kBaseConfig);
}

TEST(Allocation, HappensOnlyWhenThingsWithTonesAndLevelsOfBandsAreCreated) {
  ExpectNoneOnceThingsAreCreated(testing::WithBands(testing::kPlacedTonesConfig, 4));
}

TEST(Allocation, HappensInNoStreamEncoderWhoseOutputHasRoom) {
  const auto model =
      Model::FromBytes(testing::RandomEntropyModel(testing::kBaseConfig, 53), "random");
  ASSERT_TRUE(model.ok()) << model.status().message();
  auto encoder = StreamEncoder::Create(
      *model, {.quality = 12, .packets_per_page = 5, .tags = {{"title", "Nothing grows"}}});
  ASSERT_TRUE(encoder.ok()) << encoder.status().message();
  ASSERT_EQ((*encoder)->header().coding, StreamCoding::kEntropy);
  const auto pcm = testing::RandomSound(50000, 54);
  std::vector<uint8_t> bytes;
  size_t most = (*encoder)->MaxFinishBytes();
  for (size_t chunk : {700, 9300, 40000}) most += (*encoder)->MaxOutputBytes(chunk);
  bytes.reserve(most);
  bool ok = true;

  const int64_t before = AllocationsNow();
  size_t at = 0;
  for (size_t chunk : {700, 9300, 40000}) {
    const float* const input[] = {pcm[0].data() + at, pcm[1].data() + at};
    ok = ok && (*encoder)->Encode(input, chunk, &bytes).ok();
    at += chunk;
  }
  ok = ok && (*encoder)->Finish(&bytes).ok();
  const int64_t after = AllocationsNow();
  EXPECT_TRUE(ok);
  EXPECT_EQ(after - before, 0);
}

TEST(Allocation, HappensInCOnlyForAChunkThatIsLargerThanAllBefore) {
  const std::vector<uint8_t> file = testing::RandomEntropyModel(testing::kBaseConfig, 53);
  motet_model* model = motet_model_from_bytes(file.data(), file.size(), nullptr, nullptr);
  ASSERT_NE(model, nullptr);
  motet_stream_encoder_options options = MOTET_STREAM_ENCODER_OPTIONS;
  options.packets_per_page = 10;
  motet_stream_encoder* encoder = motet_stream_encoder_create(model, &options, nullptr);
  ASSERT_NE(encoder, nullptr);
  const std::vector<float> pcm(2 * 30000);
  const uint8_t* bytes = nullptr;
  size_t size = 0, total = 0;
  bool ok = true;
  const auto encode = [&](size_t frames) {
    ok = ok && motet_stream_encoder_encode(encoder, pcm.data(), frames, &bytes, &size, nullptr) ==
                   MOTET_OK;
    total += size;
  };

  const int64_t before = AllocationsNow();
  for (int i = 0; i < 30; ++i) encode(1000);
  EXPECT_EQ(AllocationsNow(), before);
  encode(30000);
  const int64_t after = AllocationsNow();
  for (int i = 0; i < 5; ++i) encode(30000 - 1000 * i);
  ok = ok && motet_stream_encoder_finish(encoder, &bytes, &size, nullptr) == MOTET_OK;
  EXPECT_EQ(AllocationsNow(), after);
  EXPECT_TRUE(ok);
  EXPECT_GT(total, 1000u);
  motet_stream_encoder_free(encoder);
  motet_model_free(model);
}

}  // namespace
}  // namespace motet

int main(int argc, char** argv) {
  if (!motet::testing::CountXnnpackAllocations()) return 1;
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
