// Tests what Encoder, Decoder and FeatureReader promise about streaming: results that depend on the
// signal alone and not on chunks, on other encoders or on an earlier use; the number of packets;
// the ladder of qualities; mono; concealment; refused arguments. Bits are compared, not tolerances.
// What the network computes is tested in network_test.cc, allocation in allocation_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/feature_reader.h"
#include "random_model.h"

namespace motet {
namespace {

using Bytes = std::vector<uint8_t>;
using Pcm = std::vector<std::vector<float>>;

std::shared_ptr<const Model> LoadRandom(const std::string& config) {
  auto model = Model::FromBytes(testing::RandomModel(config, 21), "random model");
  EXPECT_TRUE(model.ok()) << model.status().message();
  return *model;
}

// Shared by the tests: a model is immutable.
std::shared_ptr<const Model> BaseModel() {
  static const std::shared_ptr<const Model> model = LoadRandom(testing::kBaseConfig);
  return model;
}

std::shared_ptr<const Model> LadderModel() {
  static const std::shared_ptr<const Model> model =
      LoadRandom(testing::WithLadder(testing::kBaseConfig, testing::kLadder));
  return model;
}

std::unique_ptr<Encoder> NewEncoder(int quality = 0, int channels = 2,
                                    const std::shared_ptr<const Model>& model = BaseModel()) {
  auto encoder = Encoder::Create(model, {.quality = quality, .channels = channels});
  EXPECT_TRUE(encoder.ok()) << encoder.status().message();
  return std::move(*encoder);
}

std::unique_ptr<Decoder> NewDecoder(int quality = 0, int channels = 2,
                                    const std::shared_ptr<const Model>& model = BaseModel()) {
  auto decoder = Decoder::Create(model, {.quality = quality, .channels = channels});
  EXPECT_TRUE(decoder.ok()) << decoder.status().message();
  return std::move(*decoder);
}

// Appends what the encoder makes of frames first…first+count-1.
void EncodePart(Encoder& encoder, const Pcm& pcm, size_t first, size_t count, Bytes* out) {
  std::vector<const float*> planes;
  for (const auto& plane : pcm) planes.push_back(plane.data() + first);
  const size_t before = out->size();
  out->resize(before + encoder.MaxOutputBytes(count));
  const auto written = encoder.Encode(planes.data(), count, std::span(*out).subspan(before));
  ASSERT_TRUE(written.ok()) << written.status().message();
  out->resize(before + *written);
}

void FlushInto(Encoder& encoder, Bytes* out) {
  const size_t before = out->size();
  out->resize(before + encoder.MaxFlushBytes());
  const auto written = encoder.Flush(std::span(*out).subspan(before));
  ASSERT_TRUE(written.ok()) << written.status().message();
  out->resize(before + *written);
}

// Chunks of `chunk` frames, or of random sizes for 0.
Bytes EncodeAll(Encoder& encoder, const Pcm& pcm, size_t chunk) {
  std::mt19937 random(static_cast<uint32_t>(pcm[0].size()));
  Bytes out;
  for (size_t at = 0; at < pcm[0].size();) {
    const size_t wanted = chunk > 0 ? chunk : random() % 5000;
    const size_t count = std::min(wanted, pcm[0].size() - at);
    EncodePart(encoder, pcm, at, count, &out);
    at += count;
  }
  FlushInto(encoder, &out);
  return out;
}

Pcm DecodeAll(Decoder& decoder, const Bytes& packets, size_t chunk) {
  std::mt19937 random(static_cast<uint32_t>(packets.size()));
  const auto packet_bytes = static_cast<size_t>(decoder.packet_bytes());
  const size_t packet = 1024, count = packets.size() / packet_bytes;
  Pcm pcm(static_cast<size_t>(decoder.options().channels), std::vector<float>(count * packet));
  for (size_t at = 0; at < count;) {
    const size_t wanted = chunk > 0 ? chunk : random() % 40;
    const size_t taken = std::min(wanted, count - at);
    std::vector<float*> planes;
    for (auto& plane : pcm) planes.push_back(plane.data() + at * packet);
    const auto frames =
        decoder.Decode(std::span(packets).subspan(at * packet_bytes, taken * packet_bytes),
                       planes.data(), taken * packet);
    EXPECT_TRUE(frames.ok()) << frames.status().message();
    EXPECT_EQ(*frames, taken * packet);
    at += taken;
  }
  return pcm;
}

constexpr size_t kSamples = 70000;  // more than the longest chunk

TEST(Streaming, EncodesTheSameInChunksOfAnySize) {
  const Pcm pcm = testing::RandomSound(kSamples, 22);
  const Bytes offline = EncodeAll(*NewEncoder(), pcm, kSamples);
  for (const size_t chunk : {1, 7, 441, 1024, 65536, 0}) {
    EXPECT_EQ(EncodeAll(*NewEncoder(), pcm, chunk), offline) << "chunks of " << chunk;
  }
}

TEST(Streaming, DecodesTheSameInChunksOfAnySize) {
  const Bytes packets = EncodeAll(*NewEncoder(12), testing::RandomSound(kSamples, 23), kSamples);
  const Pcm offline = DecodeAll(*NewDecoder(12), packets, packets.size());
  for (const size_t chunk : {1, 2, 3, 7, 16, 17, 64, 0}) {
    EXPECT_EQ(DecodeAll(*NewDecoder(12), packets, chunk), offline) << "chunks of " << chunk;
  }
}

// At a quality that has half of a quantizer.
TEST(Streaming, WithALadderOfItsOwnIsTheSameInChunksOfAnySize) {
  const Pcm pcm = testing::RandomSound(kSamples, 23);
  const Bytes packets = EncodeAll(*NewEncoder(9, 2, LadderModel()), pcm, kSamples);
  const Pcm sound = DecodeAll(*NewDecoder(9, 2, LadderModel()), packets, packets.size());
  for (const size_t chunk : {1, 7, 65536, 0}) {
    EXPECT_EQ(EncodeAll(*NewEncoder(9, 2, LadderModel()), pcm, chunk), packets)
        << "chunks of " << chunk;
    EXPECT_EQ(DecodeAll(*NewDecoder(9, 2, LadderModel()), packets, chunk), sound)
        << "chunks of " << chunk;
  }
}

TEST(Streaming, BehindItsEndTheSignalGoesOnMirroredAndThenSilent) {
  for (const size_t samples : {0, 1, 1000, 3000, 30000}) {
    const Pcm pcm = testing::RandomSound(samples, 25);
    Pcm longer = pcm;
    for (auto& plane : longer) {
      plane.insert(plane.end(), plane.rbegin(), plane.rend());
      plane.resize(2 * samples + 5000);
    }
    Bytes wanted;
    EncodePart(*NewEncoder(), longer, 0, longer[0].size(), &wanted);
    for (const size_t chunk : {7, 65536, 0}) {
      const Bytes found = EncodeAll(*NewEncoder(), pcm, chunk);
      ASSERT_LE(found.size(), wanted.size());
      EXPECT_TRUE(std::equal(found.begin(), found.end(), wanted.begin()))
          << samples << " samples in chunks of " << chunk;
    }
  }
}

TEST(Streaming, APrefixOfTheInputGivesAPrefixOfThePackets) {
  const Pcm pcm = testing::RandomSound(kSamples, 24);
  Bytes whole;
  const auto encoder = NewEncoder();
  EncodePart(*encoder, pcm, 0, kSamples, &whole);
  for (const size_t samples : {0, 1023, 1024, 30000}) {
    Bytes part;
    encoder->Reset();
    EncodePart(*encoder, pcm, 0, samples, &part);
    ASSERT_EQ(part.size(), samples / 1024 * 14);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin())) << samples << " samples";
  }
}

TEST(Streaming, APrefixOfThePacketsGivesAPrefixOfTheOutput) {
  const Bytes packets = EncodeAll(*NewEncoder(), testing::RandomSound(kSamples, 25), kSamples);
  const Pcm whole = DecodeAll(*NewDecoder(), packets, packets.size());
  const Pcm part = DecodeAll(*NewDecoder(), Bytes(packets.begin(), packets.begin() + 14 * 20), 20);
  for (size_t c = 0; c < 2; ++c) {
    EXPECT_TRUE(std::equal(part[c].begin(), part[c].end(), whole[c].begin()));
  }
}

TEST(Streaming, EncodersAndDecodersOfOneModelDoNotDisturbEachOther) {
  const Pcm first = testing::RandomSound(kSamples, 26), second = testing::RandomSound(kSamples, 27);
  const Bytes packets_first = EncodeAll(*NewEncoder(), first, kSamples);
  const Bytes packets_second = EncodeAll(*NewEncoder(9), second, kSamples);
  const auto a = NewEncoder(), b = NewEncoder(9);
  Bytes out_a, out_b;
  for (size_t at = 0; at < kSamples; at += 1000) {
    EncodePart(*a, first, at, 1000, &out_a);
    EncodePart(*b, second, at, 1000, &out_b);
  }
  FlushInto(*a, &out_a);
  FlushInto(*b, &out_b);
  EXPECT_EQ(out_a, packets_first);
  EXPECT_EQ(out_b, packets_second);

  const Pcm alone = DecodeAll(*NewDecoder(), packets_first, 16);
  const auto c = NewDecoder(), d = NewDecoder(9);
  std::vector<float> left(1024), right(1024);
  float* const planes[] = {left.data(), right.data()};
  for (size_t p = 0; p < packets_first.size() / 14; ++p) {
    const auto bytes = static_cast<size_t>(d->packet_bytes());
    ASSERT_TRUE(d->Decode(std::span(packets_second).subspan(p * bytes, bytes), planes, 1024).ok());
    ASSERT_TRUE(c->Decode(std::span(packets_first).subspan(p * 14, 14), planes, 1024).ok());
    ASSERT_TRUE(
        std::equal(left.begin(), left.end(), alone[0].begin() + static_cast<ptrdiff_t>(p) * 1024))
        << "packet " << p;
  }
}

#ifndef __EMSCRIPTEN__  // no threads there
TEST(Streaming, ThreadsMayUseANewModelAtOnce) {
  // Its weights are unpacked by whoever comes first.
  const auto pcm = testing::RandomSound(20000, 28);
  const Bytes wanted = EncodeAll(*NewEncoder(12), pcm, 5000);
  const Pcm wanted_sound = DecodeAll(*NewDecoder(12), wanted, 7);
  const auto model = LoadRandom(testing::kBaseConfig);
  std::vector<Bytes> packets(4);
  std::vector<Pcm> sound(packets.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < packets.size(); ++i) {
    threads.emplace_back([&, i] {
      packets[i] = EncodeAll(**Encoder::Create(model, {.quality = 12}), pcm, 5000);
      sound[i] = DecodeAll(**Decoder::Create(model, {.quality = 12}), wanted, 7);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i], wanted) << i;
    EXPECT_EQ(sound[i], wanted_sound) << i;
  }
}
#endif

TEST(Streaming, ResetIsAsNew) {
  const Pcm pcm = testing::RandomSound(20000, 28), other = testing::RandomSound(12345, 29);
  const auto encoder = NewEncoder();
  const Bytes packets = EncodeAll(*encoder, pcm, 20000);
  Bytes ignored;
  EncodePart(*encoder, other, 0, 12345, &ignored);
  encoder->Reset();
  EXPECT_EQ(EncodeAll(*encoder, pcm, 20000), packets);
  EXPECT_EQ(EncodeAll(*encoder, pcm, 20000), packets) << "Flush resets, too";

  const auto decoder = NewDecoder();
  const Pcm sound = DecodeAll(*decoder, packets, 5);
  decoder->Reset();
  EXPECT_EQ(DecodeAll(*decoder, packets, 5), sound);
  // No packet came yet, so there is nothing to repeat: after the delay follows silence.
  std::vector<float> left(8 * 1024), right(8 * 1024);
  float* const planes[] = {left.data(), right.data()};
  decoder->Reset();
  ASSERT_TRUE(decoder->Conceal(8, planes, left.size()).ok());
  EXPECT_TRUE(std::all_of(left.begin() + 2304, left.end(), [](float x) { return x == 0; }));
}

TEST(Streaming, GivesAsManyPacketsAsTheDelayNeeds) {
  const ModelInfo& info = BaseModel()->info();
  EXPECT_EQ(info.delay_samples, 2304);
  for (const size_t samples : {0, 1, 1023, 1024, 1025, 20000}) {
    const Pcm pcm = testing::RandomSound(samples, 30);
    const size_t packets = (samples + 2304 + 1023) / 1024;
    EXPECT_EQ(EncodeAll(*NewEncoder(), pcm, 1000).size(), packets * 14) << samples << " samples";
  }
}

// A part of a longer signal, begun early enough, comes out as if the whole had been coded: this is
// how several workers share one file.
TEST(Preroll, GivesTheEncoderAllThatItLooksBackOn) {
  constexpr size_t kTotal = 100 * 1024;
  const Pcm pcm = testing::RandomSound(kTotal, 40);
  Bytes whole;
  const auto encoder = NewEncoder(12);
  EncodePart(*encoder, pcm, 0, kTotal, &whole);
  const auto preroll = static_cast<size_t>(BaseModel()->info().encoder_preroll_packets);
  ASSERT_LT(preroll, 60u) << "bounded, or nothing is won";
  for (const size_t first : {preroll, preroll + 1, size_t{70}}) {
    Bytes part;
    encoder->Reset();
    EncodePart(*encoder, pcm, (first - preroll) * 1024, kTotal - (first - preroll) * 1024, &part);
    ASSERT_EQ(part.size(), (100 - (first - preroll)) * 28);
    EXPECT_TRUE(std::equal(part.begin() + static_cast<ptrdiff_t>(preroll * 28), part.end(),
                           whole.begin() + static_cast<ptrdiff_t>(first * 28)))
        << "from packet " << first;
  }
}

TEST(Preroll, GivesTheDecoderAllThatItLooksBackOn) {
  Bytes packets(100 * 28);
  std::mt19937 random(41);
  for (uint8_t& byte : packets) byte = static_cast<uint8_t>(random());
  const Pcm whole = DecodeAll(*NewDecoder(12), packets, 100);
  const auto preroll = static_cast<size_t>(BaseModel()->info().decoder_preroll_packets);
  ASSERT_LT(preroll, 60u);
  for (const size_t first : {preroll, preroll + 1, size_t{70}}) {
    const Bytes part(packets.begin() + static_cast<ptrdiff_t>((first - preroll) * 28),
                     packets.end());
    const Pcm sound = DecodeAll(*NewDecoder(12), part, 100);
    for (size_t c = 0; c < 2; ++c) {
      EXPECT_TRUE(std::equal(sound[c].begin() + static_cast<ptrdiff_t>(preroll * 1024),
                             sound[c].end(),
                             whole[c].begin() + static_cast<ptrdiff_t>(first * 1024)))
          << "from packet " << first;
    }
  }
}

TEST(Ladder, PacketsOfAQualityArePrefixesOfThoseOfABetterOne) {
  const Pcm pcm = testing::RandomSound(30000, 31);
  const std::pair<std::shared_ptr<const Model>, std::vector<size_t>> models[] = {
      {BaseModel(), {1, 2, 4, 6, 10, 14, 15, 16, 18, 20, 24, 28}},
      {LadderModel(), {1, 2, 4, 6, 10, 14, 16, 18, 20, 22, 26, 28}}};
  for (const auto& [model, sizes] : models) {
    const Bytes best = EncodeAll(*NewEncoder(12, 2, model), pcm, 30000);
    for (int quality = 1; quality <= 12; ++quality) {
      const auto encoder = NewEncoder(quality, 2, model);
      const size_t bytes = sizes[static_cast<size_t>(quality - 1)];
      EXPECT_EQ(model->PacketBytes(quality), static_cast<int>(bytes));
      ASSERT_EQ(encoder->packet_bytes(), static_cast<int>(bytes));
      EXPECT_EQ(encoder->options().quality, quality);
      const Bytes packets = EncodeAll(*encoder, pcm, 30000);
      ASSERT_EQ(packets.size() / bytes, best.size() / 28);
      for (size_t p = 0; p < packets.size() / bytes; ++p) {
        ASSERT_TRUE(std::equal(packets.begin() + static_cast<ptrdiff_t>(p * bytes),
                               packets.begin() + static_cast<ptrdiff_t>((p + 1) * bytes),
                               best.begin() + static_cast<ptrdiff_t>(p * 28)))
            << "packet " << p << " at quality " << quality;
      }
    }
  }
}

TEST(Mono, IsCodedAsTwoEqualChannelsAndComesBackAsTheirMean) {
  const Pcm pcm = testing::RandomSound(20000, 32);
  const Bytes mono = EncodeAll(*NewEncoder(0, 1), {pcm[0]}, 777);
  EXPECT_EQ(mono, EncodeAll(*NewEncoder(), {pcm[0], pcm[0]}, 777));
  const Pcm stereo_sound = DecodeAll(*NewDecoder(), mono, 5);
  const Pcm mono_sound = DecodeAll(*NewDecoder(0, 1), mono, 5);
  for (size_t i = 0; i < mono_sound[0].size(); ++i) {
    ASSERT_NEAR(mono_sound[0][i], (stereo_sound[0][i] + stereo_sound[1][i]) / 2, 1e-6);
  }
}

TEST(Input, ThatIsNoNumberCountsAsZero) {
  Pcm pcm = testing::RandomSound(20000, 33), broken = pcm;
  for (const size_t i : {5u, 1024u, 9000u}) {
    pcm[0][i] = pcm[1][i + 1] = 0;
    broken[0][i] = std::numeric_limits<float>::quiet_NaN();
    broken[1][i + 1] = -std::numeric_limits<float>::infinity();
  }
  EXPECT_EQ(EncodeAll(*NewEncoder(), broken, 100), EncodeAll(*NewEncoder(), pcm, 100));
}

TEST(Input, OfAnyLoudnessDecodesToFiniteSound) {
  Pcm pcm(2, std::vector<float>(10000, 3e38f));
  const Bytes packets = EncodeAll(*NewEncoder(), pcm, 10000);
  for (const auto& plane : DecodeAll(*NewDecoder(), packets, 7)) {
    EXPECT_TRUE(std::all_of(plane.begin(), plane.end(), [](float x) { return std::isfinite(x); }));
  }
}

TEST(Concealment, CarriesTheSoundOnWhileItFades) {
  const Bytes packets = EncodeAll(*NewEncoder(), testing::RandomSound(40000, 34), 40000);
  const auto decoder = NewDecoder(), reference = NewDecoder();
  const Pcm whole = DecodeAll(*reference, packets, 16);
  const size_t good = 20, lost = 40;
  const Pcm before = DecodeAll(*decoder, Bytes(packets.begin(), packets.begin() + 14 * 20), 16);
  Pcm hidden(2, std::vector<float>(lost * 1024));
  float* const planes[] = {hidden[0].data(), hidden[1].data()};
  const auto frames = decoder->Conceal(lost, planes, lost * 1024);
  ASSERT_TRUE(frames.ok()) << frames.status().message();
  EXPECT_EQ(*frames, lost * 1024);
  const auto power = [&](size_t packet) {
    double sum = 0;
    for (size_t i = packet * 1024; i < (packet + 1) * 1024; ++i) {
      sum += hidden[0][i] * hidden[0][i];
    }
    return sum;
  };
  // What was decoded before the loss still comes out at full level, for the decoder's lookahead.
  EXPECT_GT(power(0), 0);
  for (size_t i = 0; i < 256; ++i) ASSERT_NEAR(hidden[0][i], whole[0][good * 1024 + i], 1e-3);
  EXPECT_LT(power(12), power(2) * 1e-4);
  EXPECT_EQ(power(lost - 1), 0.0);

  // Good packets come back at full level; the past that they see is another one.
  const Pcm after = DecodeAll(*decoder, Bytes(packets.begin() + 14 * 20, packets.end()), 16);
  double sum = 0, wanted = 0;
  for (size_t i = 4096; i < 12288; ++i) {
    sum += after[0][i] * after[0][i];
    wanted += whole[0][good * 1024 + i] * whole[0][good * 1024 + i];
  }
  EXPECT_GT(sum, wanted / 2);
  EXPECT_LT(sum, wanted * 2);
}

TEST(Concealment, IsTheSameInOneCallOrMany) {
  const Bytes packets = EncodeAll(*NewEncoder(), testing::RandomSound(20000, 35), 20000);
  const auto once = NewDecoder(), often = NewDecoder();
  DecodeAll(*once, packets, 16);
  DecodeAll(*often, packets, 16);
  constexpr size_t kLost = 35;
  Pcm a(2, std::vector<float>(kLost * 1024)), b = a;
  float* const planes[] = {a[0].data(), a[1].data()};
  ASSERT_TRUE(once->Conceal(kLost, planes, kLost * 1024).ok());
  for (size_t p = 0; p < kLost; ++p) {
    float* const one[] = {b[0].data() + p * 1024, b[1].data() + p * 1024};
    ASSERT_TRUE(often->Conceal(1, one, 1024).ok());
  }
  EXPECT_EQ(a, b);
}

TEST(Arguments, ThatDoNotExistAreRefused) {
  const auto code = [](const auto& result) { return result.status().code(); };
  for (const int quality : {-1, 13, 1000}) {
    EXPECT_EQ(code(Encoder::Create(BaseModel(), {quality, 2})), StatusCode::kInvalidArgument);
    EXPECT_EQ(code(Decoder::Create(BaseModel(), {quality, 2})), StatusCode::kInvalidArgument);
    EXPECT_EQ(code(FeatureReader::Create(BaseModel(), quality)), StatusCode::kInvalidArgument);
    EXPECT_EQ(BaseModel()->PacketBytes(quality), 0);
  }
  for (const int channels : {-1, 0, 3}) {
    EXPECT_EQ(code(Encoder::Create(BaseModel(), {0, channels})), StatusCode::kInvalidArgument);
    EXPECT_EQ(code(Decoder::Create(BaseModel(), {0, channels})), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(code(Encoder::Create(nullptr, {})), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Decoder::Create(nullptr, {})), StatusCode::kInvalidArgument);
  const auto refused = Encoder::Create(BaseModel(), {13, 2});
  EXPECT_EQ(refused.status().message(), "quality is 13, wanted 1 to 12");
}

TEST(Arguments, QualitiesAreThoseOfTheLadder) {
  const auto model =
      LoadRandom(testing::WithLadder(testing::kSmallConfig, testing::kScatteredLadder));
  EXPECT_EQ(model->info().max_quality, 11);
  EXPECT_EQ(model->PacketBytes(11), 28);
  EXPECT_EQ(model->PacketBytes(12), 0);
  EXPECT_TRUE(Encoder::Create(model, {11, 2}).ok());
  EXPECT_EQ(Encoder::Create(model, {12, 2}).status().message(), "quality is 12, wanted 1 to 11");
}

TEST(Arguments, TooSmallAreRefusedAndChangeNothing) {
  const Pcm pcm = testing::RandomSound(5000, 36);
  const Bytes wanted = EncodeAll(*NewEncoder(), pcm, 5000);
  const auto encoder = NewEncoder();
  const float* const planes[] = {pcm[0].data(), pcm[1].data()};
  Bytes small(4 * 14 - 1);
  EXPECT_EQ(encoder->Encode(planes, 5000, small).status().code(), StatusCode::kInvalidArgument);
  Bytes out;
  EncodePart(*encoder, pcm, 0, 5000, &out);
  EXPECT_EQ(encoder->Flush(std::span(small).first(1)).status().code(),
            StatusCode::kInvalidArgument);
  FlushInto(*encoder, &out);
  EXPECT_EQ(out, wanted);

  const auto decoder = NewDecoder(), fresh = NewDecoder();
  std::vector<float> left(8192), right(8192);
  float* const sound[] = {left.data(), right.data()};
  EXPECT_EQ(decoder->Decode(wanted, sound, 1023).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(decoder->Decode(std::span(wanted).first(13), sound, 8192).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(decoder->Conceal(2, sound, 2047).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(DecodeAll(*decoder, wanted, 3), DecodeAll(*fresh, wanted, 3));
}

TEST(Arguments, OfNothingGiveNothing) {
  const auto encoder = NewEncoder();
  const auto decoder = NewDecoder();
  EXPECT_EQ(*encoder->Encode(nullptr, 0, {}), 0u);
  EXPECT_EQ(*decoder->Decode({}, nullptr, 0), 0u);
  EXPECT_EQ(*decoder->Conceal(0, nullptr, 0), 0u);
  EXPECT_EQ(encoder->MaxOutputBytes(0), 0u);
  EXPECT_EQ(encoder->MaxOutputBytes(1), 14u);
}

TEST(Models, OutliveTheirOwner) {
  auto model = LoadRandom(testing::kSmallConfig);
  auto encoder = Encoder::Create(model, {});
  ASSERT_TRUE(encoder.ok()) << encoder.status().message();
  model.reset();
  const std::vector<float> silence(1000);
  const float* const planes[] = {silence.data(), silence.data()};
  Bytes out((*encoder)->MaxOutputBytes(1000));
  EXPECT_TRUE((*encoder)->Encode(planes, 1000, out).ok());
}

}  // namespace
}  // namespace motet
