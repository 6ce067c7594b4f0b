#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <system_error>

#include "audio/picture.h"
#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "files/chapters.h"
#include "files/input_file.h"
#include "files/stream_file.h"
#include "motet/model.h"

namespace motet::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMaxModelBytes = uint64_t{1} << 30;
constexpr char kModelMagic[] = "MOTETMDL";

void PrintJson(const Json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

// Text from a file, which is UTF-8, for a terminal: control characters, which could change its
// state, as '?'. Those of U+0080 to U+009F are the byte C2 and their number.
std::string Printable(const std::string& text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&text](size_t at) { return static_cast<unsigned char>(text[at]); };
    const bool two_bytes =
        byte(i) == 0xC2 && i + 1 < text.size() && byte(i + 1) >= 0x80 && byte(i + 1) < 0xA0;
    printable += two_bytes || byte(i) < 0x20 || byte(i) == 0x7F ? '?' : text[i];
    i += two_bytes ? 1 : 0;
  }
  return printable;
}

// A value with its lines below each other, behind the keys.
std::string Lines(const std::string& text) {
  std::string lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines += (lines.empty() ? "" : "\n" + std::string(13, ' ')) + Printable(line);
  }
  return lines;
}

// These two print a table, or fill in `json` if it is not null.
Status InfoOfModel(const std::string& input, Json* json) {
  const Result<std::vector<uint8_t>> bytes = ReadWhole(input, kMaxModelBytes);
  if (!bytes.ok()) return bytes.status();
  const Result<std::shared_ptr<const Model>> model = Model::FromBytes(*bytes, input);
  if (!model.ok()) return model.status();
  const ModelInfo& info = (*model)->info();
  if (json != nullptr) {
    *json = {{"kind", "model"},
             {"name", info.name},
             {"identity", info.identity},
             {"storage", info.storage},
             {"bytes", bytes->size()},
             {"parameters", info.parameters},
             {"gmac_per_second", info.gmac_per_second()},
             {"encoder_gmac_per_second", info.encoder_gmac_per_second},
             {"decoder_gmac_per_second", info.decoder_gmac_per_second},
             {"entropy_coding", info.entropy_coding},
             {"latency_ms", info.latency_ms},
             {"delay_samples", info.delay_samples},
             {"packet_samples", info.packet_samples},
             {"sample_rate", info.sample_rate},
             {"channels", info.channels},
             {"default_quality", info.default_quality},
             {"max_quality", info.max_quality}};
    return {};
  }
  fmt::print("model        {} ({})\n", Printable(info.name), info.identity);
  fmt::print("file         {} bytes, {}\n", bytes->size(), info.storage);
  fmt::print("parameters   {:.2f} million\n", static_cast<double>(info.parameters) / 1e6);
  fmt::print("work         {:.3f} GMAC per second of stereo: encoder {:.3f}, decoder {:.3f}\n",
             info.gmac_per_second(), info.encoder_gmac_per_second, info.decoder_gmac_per_second);
  fmt::print("latency      {:.1f} ms (delay {} samples, packets of {})\n", info.latency_ms,
             info.delay_samples, info.packet_samples);
  fmt::print("coding       {}\n", info.entropy_coding ? "entropy or fixed width" : "fixed width");
  fmt::print("audio        {} Hz, {} channels\n", info.sample_rate, info.channels);
  fmt::print("quality      1 to {}, default {}\n", info.max_quality, info.default_quality);
  return {};
}

struct StreamFacts {
  StreamHeader header;
  StreamTotals totals;
  uint64_t bytes = 0;           // of the file
  uint64_t trailing_bytes = 0;  // of it, behind the end of the stream
  uint64_t samples = 0;         // said; if it is not complete, no more than the packets hold
  bool complete = false;

  double seconds() const { return static_cast<double>(samples) / header.sample_rate; }
  double kbps() const { return samples > 0 ? stream_bytes() * 8 / seconds() / 1000 : 0; }
  double ratio() const {
    return static_cast<double>(samples) * header.channels * 2 / stream_bytes();
  }
  double stream_bytes() const { return static_cast<double>(bytes - trailing_bytes); }
};

const char* CodingName(StreamCoding coding) {
  return coding == StreamCoding::kEntropy ? "entropy" : "fixed";
}

Json ToJson(const StreamFacts& facts) {
  Json tags = Json::object();
  Json pictures = Json::array();
  for (const StreamTag& tag : facts.header.tags) {
    if (const std::optional<PictureFacts> picture = PictureOf(tag)) {
      pictures.push_back(
          {{"kind", picture->kind}, {"type", picture->mime_type}, {"bytes", picture->bytes}});
      continue;
    }
    if (!tags.contains(tag.key)) {
      tags[tag.key] = tag.value;
      continue;
    }
    Json& values = tags[tag.key];  // a repeated key has a list
    if (!values.is_array()) values = Json::array({values});
    values.push_back(tag.value);
  }
  Json parts = Json::array();
  if (!facts.header.parts.empty()) {
    for (const StreamSpan& span : StreamSpans(facts.header)) {
      parts.push_back({{"first_sample", span.first_sample},
                       {"samples", span.end_sample - span.first_sample},
                       {"packets", span.end_packet - span.first_packet}});
    }
  }
  return {{"kind", "stream"},
          {"version", kStreamVersion},
          {"complete", facts.complete},
          {"sample_rate", facts.header.sample_rate},
          {"channels", facts.header.channels},
          {"samples", facts.samples},
          {"seconds", facts.seconds()},
          {"quality", facts.header.quality},
          {"coding", CodingName(facts.header.coding)},
          {"bytes", facts.bytes},
          {"bitrate_kbps", facts.kbps()},
          {"ratio", facts.ratio()},
          {"model", facts.header.model_identity},
          {"pages", facts.totals.pages},
          {"packets", facts.totals.packets},
          {"packet_bytes", facts.header.packet_bytes},
          {"lost_packets", facts.totals.lost_packets},
          {"damaged_bytes", facts.totals.skipped_bytes},
          {"trailing_bytes", facts.trailing_bytes},
          {"parts", parts},
          {"tags", tags},
          {"pictures", pictures}};
}

void Print(const StreamFacts& facts) {
  fmt::print("stream       version {}, {} packets of {} bytes in {} pages\n", kStreamVersion,
             facts.totals.packets, facts.header.packet_bytes, facts.totals.pages);
  fmt::print("audio        {} Hz, {}, {} samples ({:.2f} s)\n", facts.header.sample_rate,
             facts.header.channels == 1 ? "mono" : "stereo", facts.samples, facts.seconds());
  if (!facts.header.parts.empty())
    fmt::print("parts        {}, joined\n", facts.header.parts.size());
  fmt::print("quality      {}, {} coding\n", facts.header.quality, CodingName(facts.header.coding));
  fmt::print("size         {} bytes, {:.2f} kbit/s, {:.1f}:1 against 16-bit PCM\n", facts.bytes,
             facts.kbps(), facts.ratio());
  fmt::print("model        {}\n", facts.header.model_identity);
  std::vector<StreamTag> tags = facts.header.tags;
  for (const Chapter& chapter : TakeChapters(&tags))
    fmt::print("{:<12} {} {}\n", "chapter", ChapterTime(chapter.seconds), Printable(chapter.name));
  for (const StreamTag& tag : tags) {
    if (const std::optional<PictureFacts> picture = PictureOf(tag)) {
      fmt::print("{:<12} {}, {} bytes\n", picture->kind, Printable(picture->mime_type),
                 picture->bytes);
    } else {
      fmt::print("{:<12} {}\n", Printable(tag.key), Lines(tag.value));
    }
  }
}

// That so many packets make at most, the codec's delay left aside.
uint64_t SamplesIn(const StreamHeader& header, uint64_t packets) {
  uint64_t sum = 0;
  for (const StreamSpan& span : StreamSpans(header)) {
    const uint64_t end = std::clamp(packets, span.first_packet, span.end_packet);
    const uint64_t made = (end - span.first_packet) * kStreamPacketSamples;
    sum += std::min(span.end_sample - span.first_sample,
                    made - std::min<uint64_t>(made, span.pre_skip));
  }
  return sum;
}

Status InfoOfStream(const std::string& input, Json* json) {
  Result<StreamFile> stream = StreamFile::Open(input);
  if (!stream.ok()) return stream.status();
  StreamFacts facts;
  Status status;
  bool has_header = false;
  uint64_t end = 0;  // of the stream's bytes
  while (status.ok() && !facts.complete) {
    const Result<StreamEvent> event = stream->Next();
    if (!event.ok()) {
      status = event.status();
    } else {
      has_header = true;
      facts.complete = event->kind == StreamEvent::Kind::kEnd;
      end = event->offset;
    }
  }
  if (!has_header) return status;

  facts.header = stream->reader().header();
  facts.totals = stream->reader().totals();
  facts.bytes = stream->file_bytes() > 0 ? stream->file_bytes() : stream->bytes_read();
  facts.trailing_bytes = facts.complete ? facts.bytes - std::min(end, facts.bytes) : 0;
  // Decoding fills the time of lost packets. A length that is not known is the largest number.
  const uint64_t held = SamplesIn(facts.header, facts.totals.packets + facts.totals.lost_packets);
  facts.samples = facts.header.samples;
  if (!facts.complete) facts.samples = std::min(facts.samples, held);
  if (json != nullptr) {
    *json = ToJson(facts);
  } else {
    Print(facts);
  }
  if (!status.ok()) return status;
  if (facts.trailing_bytes > 0) {
    Warn(fmt::format("{} goes on for {} bytes behind its end, which nothing reads",
                     InputName(input), facts.trailing_bytes));
  }
  const uint64_t packets = facts.totals.packets + facts.totals.lost_packets;
  if (facts.samples > held || facts.header.pre_skip > packets * kStreamPacketSamples) {
    return {StatusCode::kCorrupt,
            fmt::format("{} contradicts itself: {} packets do not make {} samples",
                        InputName(input), packets, facts.samples)};
  }
  if (facts.totals.lost_packets == 0 && facts.totals.skipped_bytes == 0) return {};
  return {StatusCode::kCorrupt,
          fmt::format("{} is damaged: {} packets are lost, {} bytes belong to no page",
                      InputName(input), facts.totals.lost_packets, facts.totals.skipped_bytes)};
}

Status InfoOf(const std::string& input, Json* json) {
  // What is not a file, such as a pipe, can be read only once: no look at its magic beforehand.
  std::error_code error;
  if (input == "-" || !std::filesystem::is_regular_file(input, error))
    return InfoOfStream(input, json);
  Result<InputFile> file = InputFile::Open(input);
  if (!file.ok()) return file.status();
  std::array<uint8_t, 8> magic{};
  const Result<size_t> got = file->Read(magic);
  if (!got.ok()) return got.status();
  if (*got > 0 && std::memcmp(magic.data(), kModelMagic, *got) == 0)
    return InfoOfModel(input, json);
  if (*got > 0 && std::memcmp(magic.data(), "Motet\r\n\x1A", *got) == 0)
    return InfoOfStream(input, json);
  return {
      StatusCode::kNotMotet,
      file->name() +
          " is neither a motet stream nor a motet model: it does not begin with the bytes of one"};
}

// Each under its name; what is wrong with one keeps no other from being read.
Status InfoOfAll(const InfoOptions& options) {
  Json all = Json::array();
  Status first;
  size_t faults = 0;
  for (const std::string& input : options.inputs) {
    Json json = {{"file", input}};
    Json found;
    if (!options.json)
      fmt::print("{}{}\n", &input == options.inputs.data() ? "" : "\n", Printable(input));
    const Status status = InfoOf(input, options.json ? &found : nullptr);
    if (!found.is_null()) json.update(found);
    if (!status.ok() && options.json) json["error"] = status.message();
    all.push_back(json);
    if (status.ok()) continue;
    std::fflush(stdout);
    Warn(status.message());
    if (faults++ == 0) first = status;
  }
  if (options.json) PrintJson(all);
  if (faults == 0) return {};
  return {first.code(), fmt::format("{} of {} files could not be read, or not as a whole", faults,
                                    options.inputs.size())};
}

}  // namespace

Status RunInfo(const InfoOptions& options) {
  if (options.inputs.size() > 1) return InfoOfAll(options);
  Json json;
  Status status = InfoOf(options.inputs.front(), options.json ? &json : nullptr);
  if (!json.is_null()) PrintJson(json);
  return status;
}

}  // namespace motet::cli
