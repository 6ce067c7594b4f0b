// One run of the codec in a process of its own, as JSON: what `./dev bench` puts beside the other
// engines, which it runs in turn with this one. Times are processor time of the thread that works,
// so that other programs on the machine do not count.
//
// Usage: codec_benchmark MODEL MUSIC [live]: MUSIC is interleaved stereo of 32-bit floats at the
// model's rate. With "live", 10000 packets are encoded and decoded one at a time instead.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/stream.h"
#include "motet/stream_decoder.h"
#include "motet/stream_encoder.h"

namespace motet {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kQuality = 6;
constexpr size_t kPacket = 1024;
constexpr size_t kLivePackets = 10000;

struct Music {
  std::vector<float> left;
  std::vector<float> right;
  double seconds = 0;
};

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "codec_benchmark: %s\n", what.c_str());
  std::exit(1);
}

template <typename T>
T Take(Result<T> result) {
  if (!result.ok()) Fail(result.status().message());
  return std::move(*result);
}
void Expect(const Status& status) {
  if (!status.ok()) Fail(status.message());
}

double Now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Music ReadMusic(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  const size_t frames = bytes.size() / (2 * sizeof(float));
  if (frames < 10 * kPacket) Fail("'" + path + "' is not music of some length");
  const auto* const samples = reinterpret_cast<const float*>(bytes.data());
  Music music;
  for (size_t i = 0; i < frames; ++i) {
    music.left.push_back(samples[2 * i]);
    music.right.push_back(samples[2 * i + 1]);
  }
  music.seconds = static_cast<double>(frames) / 44100;
  return music;
}

std::vector<uint8_t> EncodeAll(const std::shared_ptr<const Model>& model, const Music& music,
                               StreamCoding coding, double* seconds) {
  StreamEncoderOptions options;
  options.sample_rate = model->info().sample_rate;
  options.quality = kQuality;
  options.coding = coding;
  const auto encoder = Take(StreamEncoder::Create(model, options));
  const float* const pcm[] = {music.left.data(), music.right.data()};
  std::vector<uint8_t> bytes;
  const double begin = Now();
  Expect(encoder->Encode(pcm, music.left.size(), &bytes));
  Expect(encoder->Finish(&bytes));
  *seconds = Now() - begin;
  return bytes;
}

double DecodeAll(const std::shared_ptr<const Model>& model, std::span<const uint8_t> bytes) {
  const auto decoder = Take(StreamDecoder::Create(model, "benchmark"));
  const double begin = Now();
  for (;;) {
    const StreamBlock block = Take(decoder->Next());
    if (block.kind == StreamBlock::Kind::kEnd) return Now() - begin;
    if (block.kind != StreamBlock::Kind::kNeedInput) continue;
    if (bytes.empty()) decoder->Finish();
    bytes = bytes.subspan(decoder->Push(bytes));
  }
}

// From a model's bytes to the first packet, and to the sound of it, in milliseconds.
Json StartUp(const std::string& path, const Music& music) {
  const double begin = Now();
  const auto model = Take(Model::Load(path));
  const auto encoder = Take(Encoder::Create(model, {.quality = kQuality, .channels = 2}));
  std::vector<uint8_t> packet(encoder->MaxOutputBytes(kPacket));
  const float* const pcm[] = {music.left.data(), music.right.data()};
  Take(encoder->Encode(pcm, kPacket, packet));
  const double encoded = Now();
  const auto decoder = Take(Decoder::Create(model, {.quality = kQuality, .channels = 2}));
  std::vector<float> sound[] = {std::vector<float>(kPacket), std::vector<float>(kPacket)};
  float* const planes[] = {sound[0].data(), sound[1].data()};
  Take(decoder->Decode(packet, planes, kPacket));
  return {{"encode_ms", 1e3 * (encoded - begin)}, {"both_ms", 1e3 * (Now() - begin)}};
}

// Seconds of music per second, by two threads that each have a whole piece to code.
Json TwoThreads(const std::shared_ptr<const Model>& model, const Music& music) {
  double encode[2], decode[2];
  const auto work = [&](size_t i) {
    const std::vector<uint8_t> bytes = EncodeAll(model, music, StreamCoding::kEntropy, &encode[i]);
    decode[i] = DecodeAll(model, bytes);
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  return {{"encode", music.seconds / encode[0] + music.seconds / encode[1]},
          {"decode", music.seconds / decode[0] + music.seconds / decode[1]}};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// All packets of the music, of fixed width.
std::vector<uint8_t> PacketsOf(const std::shared_ptr<const Model>& model, const Music& music) {
  const auto encoder = Take(Encoder::Create(model, {.quality = kQuality, .channels = 2}));
  std::vector<uint8_t> packets(encoder->MaxOutputBytes(music.left.size()) +
                               encoder->MaxFlushBytes());
  const float* const pcm[] = {music.left.data(), music.right.data()};
  const size_t before = Take(encoder->Encode(pcm, music.left.size(), packets));
  packets.resize(before + Take(encoder->Flush(std::span(packets).subspan(before))));
  return packets;
}

// Seconds that entropy coding takes of a whole stream, without what makes packets, or sound of
// them.
Json EntropyAlone(const std::shared_ptr<const Model>& model, const Music& music) {
  constexpr int kRuns = 9;
  const std::vector<uint8_t> packets = PacketsOf(model, music);
  const StreamHeader header = MakeStreamHeader(*model, kQuality, 2, StreamCoding::kEntropy);
  std::vector<double> encode, decode;
  for (int run = 0; run < kRuns; ++run) {
    StreamWriter writer = Take(StreamWriter::Create(header, kDefaultPacketsPerPage, model));
    std::vector<uint8_t> bytes;
    double begin = Now();
    Expect(writer.Write(packets, &bytes));
    Expect(writer.Finish(music.left.size(), &bytes));
    encode.push_back(Now() - begin);

    const std::vector<uint8_t> head = writer.HeaderBytes();
    bytes.insert(bytes.begin(), head.begin(), head.end());
    StreamReader reader("benchmark", model);
    begin = Now();
    for (std::span<const uint8_t> unread = bytes;;) {
      const StreamEvent event = Take(reader.Next());
      if (event.kind == StreamEvent::Kind::kEnd) break;
      if (event.kind == StreamEvent::Kind::kNeedInput) unread = unread.subspan(reader.Push(unread));
    }
    decode.push_back(Now() - begin);
  }
  return {{"encode", Median(encode)}, {"decode", Median(decode)}};
}

Json Times(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return {{"median_ms", 1e3 * seconds[seconds.size() / 2]},
          {"worst_ms", 1e3 * seconds.back()},
          {"thousandth_ms", 1e3 * seconds[seconds.size() - 1 - seconds.size() / 1000]}};
}

Json Live(const std::shared_ptr<const Model>& model, const Music& music) {
  const auto encoder = Take(Encoder::Create(model, {.quality = kQuality, .channels = 2}));
  const auto decoder = Take(Decoder::Create(model, {.quality = kQuality, .channels = 2}));
  std::vector<uint8_t> packet(encoder->MaxOutputBytes(kPacket));
  std::vector<float> sound[] = {std::vector<float>(kPacket), std::vector<float>(kPacket)};
  float* const planes[] = {sound[0].data(), sound[1].data()};
  std::vector<double> encode, decode;
  const size_t packets = music.left.size() / kPacket;
  for (size_t i = 0; i < kLivePackets; ++i) {
    const size_t at = i % packets * kPacket;
    const float* const pcm[] = {music.left.data() + at, music.right.data() + at};
    const double begin = Now();
    Take(encoder->Encode(pcm, kPacket, packet));
    const double between = Now();
    Take(decoder->Decode(packet, planes, kPacket));
    encode.push_back(between - begin);
    decode.push_back(Now() - between);
  }
  return {{"packets", kLivePackets}, {"encode", Times(encode)}, {"decode", Times(decode)}};
}

Json Coded(const std::shared_ptr<const Model>& model, const Music& music, StreamCoding coding) {
  double encode = 0;
  const std::vector<uint8_t> bytes = EncodeAll(model, music, coding, &encode);
  const double decode = DecodeAll(model, bytes);
  return {{"encode", music.seconds / encode},
          {"decode", music.seconds / decode},
          {"bytes", bytes.size()}};
}

int Main(int argc, char** argv) {
  if (argc < 3) Fail("wanted MODEL MUSIC [live]");
  const Music music = ReadMusic(argv[2]);
  Json json = {{"start_up", StartUp(argv[1], music)}};
  const auto model = Take(Model::Load(argv[1]));
  if (argc > 3) {
    json["live"] = Live(model, music);
  } else {
    (void)Coded(model, music, StreamCoding::kEntropy);  // what is computed when first needed
    json["fixed"] = Coded(model, music, StreamCoding::kFixedWidth);
    json["entropy"] = Coded(model, music, StreamCoding::kEntropy);
    json["entropy_alone"] = EntropyAlone(model, music);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    json["peak_mb"] = static_cast<double>(usage.ru_maxrss) / 1024;
    json["two_threads"] = TwoThreads(model, music);
  }
  std::printf("%s\n", json.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace motet

int main(int argc, char** argv) { return motet::Main(argc, argv); }
