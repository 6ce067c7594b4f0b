#include "hostile_streams.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <span>

#include "arithmetic/crc32.h"
#include "motet/stream.h"
#include "stream/stream_layout.h"

namespace motet::testing {
namespace {

using Bytes = std::vector<uint8_t>;
using namespace stream_layout;

constexpr int kQuality = 6;

void Set(Bytes* bytes, size_t offset, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) (*bytes)[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The parts of streams, most of them of a tenth of a second.
class Maker {
 public:
  explicit Maker(const std::shared_ptr<const Model>& model)
      : model_(model),
        delay_(static_cast<uint64_t>(model->info().delay_samples)),
        packet_(static_cast<size_t>(model->PacketBytes(kQuality)), 77) {}

  StreamHeader Header(StreamCoding coding = StreamCoding::kFixedWidth) const {
    return MakeStreamHeader(*model_, kQuality, 2, coding);
  }

  // A header whose field says something else, with the right checksum.
  Bytes HeaderWith(size_t offset, uint64_t value, size_t width) const {
    return Repaired([&](Bytes* bytes) { Set(bytes, offset, value, width); });
  }

  // `pages` pages of a packet, each of them after a gap, and the end.
  Bytes WithGaps(uint64_t packets_lost, int pages, StreamCoding coding) const {
    StreamWriter writer = *StreamWriter::Create(Header(coding), 1, model_);
    Bytes bytes = writer.HeaderBytes();
    for (int i = 0; i < pages; ++i) {
      (void)writer.Skip(packets_lost, &bytes);
      (void)writer.Write(packet_, &bytes);
    }
    (void)writer.Finish(writer.packets() * kStreamPacketSamples - delay_, &bytes);
    return bytes;
  }

  Bytes WithPreSkip(uint32_t samples) const {
    StreamHeader header = Header();
    header.pre_skip = samples;
    return StreamWriter::Create(header)->HeaderBytes() + Page(0, 1, packet_) + End(1, 0);
  }

  Bytes WithTags(size_t count) const {
    StreamHeader header = Header();
    header.tags.assign(count, {"k", ""});
    return StreamWriter::Create(header)->HeaderBytes() + Page(0, 1, packet_) + End(1, 0);
  }

  // Many packets in pages of one byte.
  Bytes OfNextToNothing(size_t pages) const {
    Bytes bytes = HeaderBytes(StreamCoding::kEntropy);
    for (size_t i = 0; i < pages; ++i) bytes = bytes + Page(255 * i, 255, {5});
    return bytes + End(255 * pages, 255 * pages * kStreamPacketSamples - delay_);
  }

  Bytes HeaderBytes(StreamCoding coding = StreamCoding::kFixedWidth) const {
    return StreamWriter::Create(Header(coding), 1, model_)->HeaderBytes();
  }

  Bytes OnePacket() const { return Page(0, 1, packet_); }

  static Bytes Page(uint64_t first, uint8_t packets, const Bytes& payload, uint8_t flags = 0) {
    Bytes page(kSync.begin(), kSync.end());
    page.push_back(flags);
    page.push_back(packets);
    Put(&page, first, 4);
    Put(&page, payload.size(), 2);
    Put(&page, Crc32(payload, Crc32(page)), 4);
    return page + payload;
  }

  static Bytes End(uint64_t packets, uint64_t samples) {
    Bytes payload;
    Put(&payload, samples, kEndPayloadBytes);
    return Page(packets, 0, payload, kEndPageFlag);
  }

 private:
  template <typename Change>
  Bytes Repaired(const Change& change) const {
    Bytes bytes = HeaderBytes();
    change(&bytes);
    const size_t end = bytes.size() - 4;
    Set(&bytes, end, Crc32(std::span(bytes).first(end)), 4);
    return bytes;
  }

  const std::shared_ptr<const Model> model_;
  const uint64_t delay_;
  const Bytes packet_;
};

}  // namespace

std::vector<NamedStream> HostileStreams(const std::shared_ptr<const Model>& model) {
  const Maker make(model);
  const Bytes header = make.HeaderBytes();
  std::vector<NamedStream> streams;
  const auto add = [&streams](const std::string& name, Bytes bytes) {
    streams.push_back({name, std::move(bytes)});
  };
  for (const uint64_t samples : {uint64_t{1} << 40, uint64_t{1} << 53, kUnknownSamples - 1}) {
    const std::string length = "a length of " + std::to_string(samples);
    const Bytes claim = make.HeaderWith(kSamples, samples, 8);
    add(length, claim + make.OnePacket());
    add(length + ", and no page", claim);
    add(length + ", in both places", claim + make.OnePacket() + Maker::End(1, samples));
    add(length + ", at the end", header + make.OnePacket() + Maker::End(1, samples));
  }
  for (const StreamCoding coding : {StreamCoding::kFixedWidth, StreamCoding::kEntropy}) {
    const std::string how = coding == StreamCoding::kEntropy ? ", entropy-coded" : "";
    add("a gap of 25 minutes" + how, make.WithGaps(65000, 1, coding));
    add("ten gaps of 25 minutes" + how, make.WithGaps(65000, 10, coding));
    add("three gaps of just under ten seconds" + how, make.WithGaps(430, 3, coding));
  }
  add("an end after 25 minutes", header + make.OnePacket() + Maker::End(65536, 65536 * 1024));
  add("an end after three years", header + make.OnePacket() + Maker::End(0xFFFFFFFF, 1u << 31));
  add("a pre-skip of 27 hours", make.WithPreSkip(0xFFFFFFFF));
  add("a header of a mebibyte that is not there",
      make.HeaderWith(kHeaderBytes, kMaxStreamHeaderBytes, 4) + Bytes(100));
  add("65535 tags that are not there", make.HeaderWith(kTagCount, 65535, 2));
  add("20000 tags", make.WithTags(20000));
  add("ten pages of 255 packets in a byte", make.OfNextToNothing(10));
  // Each page would reach over all that follow.
  const Bytes sync = {0x4D, 0xF5, 0, 255, 0, 0, 0, 0, 0xF2, 0x0D};
  Bytes flood = header;
  for (int i = 0; i < 1000; ++i) flood = flood + sync;
  add("a thousand beginnings of pages", flood);
  return streams;
}

std::vector<NamedStream> SomeGoldenStreams(const std::filesystem::path& folder) {
  std::vector<NamedStream> streams;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".motet") continue;
    const std::string name = entry.path().filename().string();
    const std::string quality = name.substr(name.find('-'), 4);
    if (quality != "-01-" && quality != "-06-" && quality != "-12-") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    streams.push_back({name, {std::istreambuf_iterator<char>(file), {}}});
  }
  std::sort(streams.begin(), streams.end(),
            [](const NamedStream& a, const NamedStream& b) { return a.name < b.name; });
  return streams;
}

}  // namespace motet::testing
