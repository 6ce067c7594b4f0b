#include "golden.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "motet/stream_decoder.h"

namespace motet::testing {
namespace {

using Json = nlohmann::json;

constexpr uint32_t kPreSkip = 1500;
constexpr uint32_t kCutPreSkip = 6 * 1024 + 300;  // a packet of even number, and some samples more
constexpr size_t kPoints = 8;

const char* CodingName(StreamCoding coding) {
  return coding == StreamCoding::kEntropy ? "entropy" : "fixed";
}

std::string Hexadecimal(uint64_t number) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

class Hash {
 public:
  void Add(std::span<const uint8_t> bytes) {
    for (const uint8_t byte : bytes) value_ = (value_ ^ byte) * 0x100000001B3;
  }
  std::string text() const { return Hexadecimal(value_); }

 private:
  uint64_t value_ = 0xCBF29CE484222325;
};

// Gives a reader or decoder all bytes at once as it asks for them.
template <typename Consumer>
class Source {
 public:
  Source(Consumer& consumer, std::span<const uint8_t> bytes) : consumer_(consumer), left_(bytes) {}
  // Result of the next event other than kNeedInput.
  auto Next() {
    for (;;) {
      auto found = consumer_.Next();
      using Kind = typename std::decay_t<decltype(*found)>::Kind;
      if (!found.ok() || found->kind != Kind::kNeedInput) return found;
      if (left_.empty()) {
        consumer_.Finish();
      } else {
        left_ = left_.subspan(consumer_.Push(left_));
      }
    }
  }

 private:
  Consumer& consumer_;
  std::span<const uint8_t> left_;
};

Json Describe(const StreamHeader& header) {
  Json tags = Json::array();
  for (const StreamTag& tag : header.tags) {
    Hash hash;
    hash.Add({reinterpret_cast<const uint8_t*>(tag.value.data()), tag.value.size()});
    tags.push_back({tag.key, hash.text()});
  }
  Json facts = {{"sample_rate", header.sample_rate},   {"channels", header.channels},
                {"quality", header.quality},           {"packet_bytes", header.packet_bytes},
                {"coding", CodingName(header.coding)}, {"pre_skip", header.pre_skip},
                {"model", header.model_identity},      {"tags", tags}};
  for (const StreamPart& part : header.parts)
    facts["parts"].push_back({part.samples, part.packets, part.pre_skip});
  return facts;
}

Json ReadCodes(std::span<const uint8_t> bytes, const std::shared_ptr<const Model>& model) {
  StreamReader reader("golden", model);
  Source source(reader, bytes);
  const Result<StreamEvent> header = source.Next();
  if (!header.ok()) return {{"error", StatusCodeName(header.status().code())}};
  Json facts = {{"header", Describe(reader.header())}};
  Json lost = Json::array();
  Hash codes;
  bool is_complete = false;
  while (!is_complete) {
    const Result<StreamEvent> event = source.Next();
    if (!event.ok()) break;
    if (event->kind == StreamEvent::Kind::kPackets) codes.Add(event->packets);
    if (event->kind == StreamEvent::Kind::kGap) lost.push_back({event->first_packet, event->count});
    is_complete = event->kind == StreamEvent::Kind::kEnd;
  }
  facts["packets"] = reader.totals().packets;
  facts["lost"] = lost;
  facts["codes"] = codes.text();
  facts["complete"] = is_complete;
  if (is_complete) facts["header"]["samples"] = reader.header().samples;
  return facts;
}

// To six decimals, which is enough for the tolerance of the test.
double Rounded(double value) { return std::round(value * 1e6) / 1e6; }

Json Summarize(const std::vector<float>& channel) {
  double squares = 0;
  for (const float sample : channel)
    squares += static_cast<double>(sample) * static_cast<double>(sample);
  Json points = Json::array();
  for (size_t i = 0; i < kPoints && !channel.empty(); ++i)
    points.push_back(
        Rounded(static_cast<double>(channel[i * (channel.size() - 1) / (kPoints - 1)])));
  const auto size = static_cast<double>(std::max<size_t>(channel.size(), 1));
  return {{"rms", Rounded(std::sqrt(squares / size))}, {"points", points}};
}

Json ReadSound(std::span<const uint8_t> bytes, const std::shared_ptr<const Model>& model) {
  auto decoder = StreamDecoder::Create(model, "golden", {.precision = Precision::kFloat32});
  if (!decoder.ok()) return {};
  Source source(**decoder, bytes);
  std::array<std::vector<float>, 2> pcm;
  for (;;) {
    const Result<StreamBlock> block = source.Next();
    if (!block.ok() || block->kind == StreamBlock::Kind::kEnd) break;
    for (size_t c = 0; c < pcm.size(); ++c) {
      if (block->pcm[c] != nullptr)
        pcm[c].insert(pcm[c].end(), block->pcm[c], block->pcm[c] + block->frames);
    }
  }
  Json channels = Json::array();
  for (int c = 0; c < (*decoder)->header().channels; ++c)
    channels.push_back(Summarize(pcm[static_cast<size_t>(c)]));
  return {{"samples", pcm[0].size()}, {"channels", channels}};
}

}  // namespace

std::string GoldenKind::name() const {
  std::string text = std::string(CodingName(coding)) + (quality < 10 ? "-0" : "-") +
                     std::to_string(quality) + (channels == 1 ? "-mono" : "-stereo");
  if ((coding == StreamCoding::kEntropy || has_tones) && !has_likely_codes) text += "-any-codes";
  if (tags != "none") text += "-" + tags;
  if (pre_skip > 0) text += "-pre-skip";
  if (is_joined) text += "-joined";
  if (length != "header") text += "-length-" + length;
  if (damage != "none") text += "-" + damage;
  return text + ".motet";
}

Json GoldenKind::ToJson() const {
  Json kind = {{"coding", CodingName(coding)},
               {"quality", quality},
               {"channels", channels},
               {"likely_codes", has_likely_codes},
               {"tags", tags},
               {"pre_skip", pre_skip},
               {"length", length},
               {"damage", damage}};
  if (is_joined) kind["joined"] = true;
  return kind;
}

namespace {

// Whole, and where what is lost reaches into the next part.
template <typename Add>
void AddJoined(const Add& add) {
  for (const char* damage : {"none", "truncated", "lost"}) {
    add([damage](GoldenKind& kind) {
      kind.is_joined = true;
      kind.damage = damage;
    });
  }
}

}  // namespace

std::vector<GoldenKind> GoldenKinds() {
  std::vector<GoldenKind> kinds;
  for (const StreamCoding coding : {StreamCoding::kFixedWidth, StreamCoding::kEntropy}) {
    const GoldenKind plain = {.coding = coding,
                              .has_likely_codes = coding == StreamCoding::kEntropy};
    const auto add = [&](auto change) {
      GoldenKind kind = plain;
      change(kind);
      kinds.push_back(kind);
    };
    for (int quality = 1; quality <= 12; ++quality) {
      for (const int channels : {1, 2}) {
        add([&](GoldenKind& kind) {
          kind.quality = quality;
          kind.channels = channels;
        });
      }
    }
    for (const char* tags : {"text", "cover"}) add([&](GoldenKind& kind) { kind.tags = tags; });
    for (const char* length : {"end", "zero"}) add([&](GoldenKind& kind) { kind.length = length; });
    for (const char* tags : {"none", "text"}) {
      add([&](GoldenKind& kind) {
        kind.tags = tags;
        kind.pre_skip = kPreSkip;
      });
    }
    for (const char* damage : {"truncated", "endless", "flipped", "lost", "foreign", "magic",
                               "version", "flag", "coding", "checksum"})
      add([&](GoldenKind& kind) { kind.damage = damage; });
    AddJoined(add);
  }
  kinds.push_back({.coding = StreamCoding::kEntropy});
  return kinds;
}

std::vector<GoldenKind> GoldenKindsWithTones() {
  std::vector<GoldenKind> kinds;
  for (const StreamCoding coding : {StreamCoding::kFixedWidth, StreamCoding::kEntropy}) {
    const auto add = [&](auto change) {
      GoldenKind kind = {
          .coding = coding, .quality = 5, .has_tones = true, .has_likely_codes = true};
      change(kind);
      kinds.push_back(kind);
    };
    // Below the quality from which on packets have tones, at it, and above.
    for (const int quality : {4, 5, 6}) {
      for (const int channels : {1, 2}) {
        add([&](GoldenKind& kind) {
          kind.quality = quality;
          kind.channels = channels;
        });
      }
    }
    add([](GoldenKind& kind) { kind.has_likely_codes = false; });
    add([](GoldenKind& kind) { kind.pre_skip = kCutPreSkip; });
    for (const char* damage : {"truncated", "flipped", "lost"})
      add([&](GoldenKind& kind) { kind.damage = damage; });
    AddJoined(add);
  }
  return kinds;
}

Json ReadGolden(std::span<const uint8_t> bytes, const std::shared_ptr<const Model>& model) {
  Json facts = ReadCodes(bytes, model);
  if (!facts.contains("error")) facts["sound"] = ReadSound(bytes, model);
  return facts;
}

}  // namespace motet::testing
