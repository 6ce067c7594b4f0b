// Feeds payloads to the entropy decoder: each decodes to packets, whatever its bytes, and what they
// are encoded to decodes to the same packets. An input is the quality and whether the model has
// tones and levels of bands, the number of packets, and the payload.
#include <algorithm>
#include <array>
#include <vector>

#include "checksums.h"
#include "golden_model.h"
#include "motet/stream.h"

namespace {

using motet::StreamEvent;
using motet::fuzz::GoldenModel;
using motet::fuzz::GoldenModelWithBands;
using motet::fuzz::GoldenModelWithPlaces;
using motet::fuzz::GoldenModelWithTones;
using motet::fuzz::Put;
using motet::fuzz::Require;
using Bytes = std::vector<uint8_t>;
using Model = std::shared_ptr<const motet::Model>;

constexpr int kMaxPackets = 24;  // more take longer, and reach nothing new
// From these first bytes on:
constexpr uint8_t kWithTones = 160, kWithPlaces = 192, kWithBands = 224;

motet::StreamWriter Writer(const Model& model, int quality) {
  auto writer = motet::StreamWriter::Create(
      motet::MakeStreamHeader(*model, quality, 2, motet::StreamCoding::kEntropy),
      motet::kMaxPacketsPerPage, model);
  Require(writer.ok());
  return std::move(*writer);
}

// A page of packets in front of which a header stands.
Bytes Page(const Model& model, int quality, uint8_t packets, std::span<const uint8_t> payload) {
  Bytes bytes = Writer(model, quality).HeaderBytes();
  const size_t at = bytes.size();
  bytes.resize(at + 14);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  const std::span<uint8_t> page = std::span(bytes).subspan(at);
  page[0] = 0x4D;
  page[1] = 0xF5;
  page[3] = packets;
  Put(page, 8, payload.size(), 2);
  motet::fuzz::RepairStream(bytes);
  return bytes;
}

// The packets of the first page.
Bytes Read(const Model& model, std::span<const uint8_t> bytes) {
  motet::StreamReader reader("fuzz", model);
  for (;;) {
    const motet::Result<StreamEvent> event = reader.Next();
    Require(event.ok());
    if (event->kind == StreamEvent::Kind::kPackets)
      return {event->packets.begin(), event->packets.end()};
    if (event->kind != StreamEvent::Kind::kNeedInput) continue;
    Require(!bytes.empty());
    bytes = bytes.subspan(reader.Push(bytes));
  }
}

}  // namespace

void motet::fuzz::RepairChecksums(std::span<uint8_t> bytes) { (void)bytes; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const Model& model = data[0] < kWithTones    ? GoldenModel()
                       : data[0] < kWithPlaces ? GoldenModelWithTones()
                       : data[0] < kWithBands  ? GoldenModelWithPlaces()
                                               : GoldenModelWithBands();
  const int quality = 1 + data[0] % model->info().max_quality;
  const auto packets = static_cast<uint8_t>(1 + data[1] % kMaxPackets);
  const size_t most = packets * static_cast<size_t>(model->PacketBytes(quality));
  const Bytes codes =
      Read(model, Page(model, quality, packets, {data + 2, std::min(size - 2, most)}));
  Require(codes.size() == most);
  motet::StreamWriter writer = Writer(model, quality);
  Bytes again = writer.HeaderBytes();
  Require(writer.Write(codes, &again).ok() && writer.Finish(0, &again).ok());
  Require(Read(model, again) == codes);
  return 0;
}
