#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <span>
#include <vector>

#include "audio/audio_reader.h"
#include "commands/commands.h"
#include "files/model_finder.h"
#include "motet/encoder.h"
#include "motet/stream_decoder.h"

namespace motet::cli {
namespace {

constexpr int kRuns = 5;              // the median counts
constexpr size_t kBlockPackets = 28;  // at once, as encode and decode do it

using Music = std::vector<std::vector<float>>;  // [channel][sample]

// Chords of decaying partials with a beat of noise: what matters for speed is only that it is not
// silent.
Music Synthetic(size_t samples, int sample_rate) {
  constexpr double kRoots[] = {110.0, 130.81, 98.0, 146.83};
  Music music(2, std::vector<float>(samples));
  uint32_t noise = 1;
  for (size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / sample_rate;
    const double in_beat = std::fmod(t, 0.5);
    const double root = kRoots[static_cast<size_t>(t / 2) % 4];
    double chord = 0;
    for (int partial = 1; partial <= 8; ++partial)
      chord += std::sin(2 * std::numbers::pi * root * partial * t) / partial;
    noise = noise * 1664525u + 1013904223u;
    const double hiss = static_cast<double>(noise >> 8) / (1 << 23) - 1;
    for (size_t channel = 0; channel < 2; ++channel) {
      const double pan = channel == 0 ? 0.6 : 0.4;
      music[channel][i] = static_cast<float>(0.3 * pan * chord * std::exp(-2 * in_beat) +
                                             0.2 * (1 - pan) * hiss * std::exp(-20 * in_beat));
    }
  }
  return music;
}

Result<Music> FromFile(const std::string& path, size_t samples, int sample_rate) {
  Result<std::unique_ptr<AudioReader>> reader = AudioReader::Open(path, sample_rate);
  if (!reader.ok()) return reader.status();
  Music music(static_cast<size_t>((*reader)->channels()), std::vector<float>(samples));
  float* const pcm[2] = {music.front().data(), music.back().data()};
  const Result<size_t> count = (*reader)->Read(pcm, samples);
  if (!count.ok()) return count.status();
  if (*count == 0) return Status(StatusCode::kInvalidArgument, "'" + path + "' has no samples");
  for (std::vector<float>& channel : music) channel.resize(*count);
  return music;
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Music to the bytes of a stream.
Result<std::vector<uint8_t>> EncodeOnce(Encoder& encoder, StreamWriter writer, const Music& music,
                                        size_t block, std::span<uint8_t> packets) {
  std::vector<uint8_t> bytes = writer.HeaderBytes();
  for (size_t at = 0; at < music[0].size(); at += block) {
    const float* const pcm[2] = {music.front().data() + at, music.back().data() + at};
    const Result<size_t> made = encoder.Encode(pcm, std::min(block, music[0].size() - at), packets);
    if (!made.ok()) return made.status();
    if (Status s = writer.Write(packets.first(*made), &bytes); !s.ok()) return s;
  }
  const Result<size_t> made = encoder.Flush(packets);
  if (!made.ok()) return made.status();
  if (Status s = writer.Write(packets.first(*made), &bytes); !s.ok()) return s;
  if (Status s = writer.Finish(music[0].size(), &bytes); !s.ok()) return s;
  return bytes;
}

Status DecodeOnce(StreamDecoder& decoder, std::span<const uint8_t> bytes) {
  for (;;) {
    const Result<StreamBlock> block = decoder.Next();
    if (!block.ok()) return block.status();
    if (block->kind == StreamBlock::Kind::kEnd) return {};
    if (block->kind != StreamBlock::Kind::kNeedInput) continue;
    if (bytes.empty()) decoder.Finish();
    bytes = bytes.subspan(decoder.Push(bytes));
  }
}

}  // namespace

Status RunBench(const BenchOptions& options) {
  Result<std::shared_ptr<const Model>> model = LoadModel(options.model);
  if (!model.ok()) return model.status();
  const int rate = (*model)->info().sample_rate;
  const auto samples = static_cast<size_t>(options.seconds * rate);
  Result<Music> music =
      options.input.empty() ? Synthetic(samples, rate) : FromFile(options.input, samples, rate);
  if (!music.ok()) return music.status();
  const int channels = static_cast<int>(music->size());
  const double seconds = static_cast<double>((*music)[0].size()) / rate;

  Result<std::unique_ptr<Encoder>> encoder =
      Encoder::Create(*model, {.quality = options.quality, .channels = channels});
  if (!encoder.ok()) return encoder.status();
  const Result<StreamWriter> writer =
      StreamWriter::Create(MakeStreamHeader(**model, (*encoder)->options().quality, channels,
                                            DefaultCoding((*model)->info())),
                           kDefaultPacketsPerPage, *model);
  if (!writer.ok()) return writer.status();
  const size_t block = kBlockPackets * static_cast<size_t>((*model)->info().packet_samples);
  std::vector<uint8_t> packets(
      std::max((*encoder)->MaxOutputBytes(block), (*encoder)->MaxFlushBytes()));

  std::vector<double> encode_speeds;
  std::vector<double> decode_speeds;
  for (int run = 0; run < kRuns; ++run) {
    const auto encode_begin = std::chrono::steady_clock::now();
    const Result<std::vector<uint8_t>> bytes =
        EncodeOnce(**encoder, *writer, *music, block, packets);
    if (!bytes.ok()) return bytes.status();
    encode_speeds.push_back(seconds / SecondsSince(encode_begin));
    Result<std::unique_ptr<StreamDecoder>> decoder =
        StreamDecoder::Create(*model, "bench", {.precision = options.precision});
    if (!decoder.ok()) return decoder.status();
    const auto decode_begin = std::chrono::steady_clock::now();
    if (Status s = DecodeOnce(**decoder, *bytes); !s.ok()) return s;
    decode_speeds.push_back(seconds / SecondsSince(decode_begin));
  }

  // Only where the model file holds int8 can it be asked for.
  const Precision precision =
      (*model)->info().storage == "int8" ? options.precision : Precision::kFloat32;
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  const double encode = Median(encode_speeds);
  const double decode = Median(decode_speeds);
  const double peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  if (options.json) {
    const nlohmann::ordered_json json = {{"model", (*model)->info().name},
                                         {"identity", (*model)->info().identity},
                                         {"storage", (*model)->info().storage},
                                         {"quality", (*encoder)->options().quality},
                                         {"channels", channels},
                                         {"seconds", seconds},
                                         {"runs", kRuns},
                                         {"threads", 1},
                                         {"decoder_precision", PrecisionName(precision)},
                                         {"encode_x_real_time", encode},
                                         {"decode_x_real_time", decode},
                                         {"peak_memory_mib", peak_mib}};
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return {};
  }
  fmt::print("{:.1f} s of {} at quality {}, one thread, median of {} runs\n", seconds,
             channels == 1 ? "mono" : "stereo", (*encoder)->options().quality, kRuns);
  fmt::print("encode       {:8.1f} x real time\n", encode);
  fmt::print("decode       {:8.1f} x real time, {}\n", decode, PrecisionName(precision));
  fmt::print("peak memory  {:8.1f} MiB\n", peak_mib);
  return {};
}

}  // namespace motet::cli
