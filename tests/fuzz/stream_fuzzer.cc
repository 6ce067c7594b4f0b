// Feeds bytes to StreamReader in two ways of cutting them, and without and with a model: it must
// neither crash nor give other events for other chunks, and its events must be as
// stream.h says.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "checksums.h"
#include "golden_model.h"
#include "motet/model.h"
#include "motet/stream.h"

namespace {

using motet::StreamEvent;
using Kind = StreamEvent::Kind;
using motet::fuzz::Require;

// What came out, for comparison.
struct Trace {
  std::vector<std::tuple<Kind, uint64_t, uint64_t, uint64_t>> events;
  std::vector<uint8_t> packets;
  motet::StatusCode end = motet::StatusCode::kOk;
  bool operator==(const Trace&) const = default;
};

Trace Read(std::span<const uint8_t> bytes, size_t chunk,
           std::shared_ptr<const motet::Model> model) {
  const bool has_model = model != nullptr;
  motet::StreamReader reader("fuzz", std::move(model));
  Trace trace;
  uint64_t next_packet = 0;
  for (;;) {
    const motet::Result<StreamEvent> event = reader.Next();
    if (!event.ok()) {
      trace.end = event.status().code();
      Require(!event.status().message().empty());
      return trace;
    }
    if (event->kind == Kind::kNeedInput) {
      const size_t taken = reader.Push(bytes.first(std::min(chunk, bytes.size())));
      Require(bytes.empty() || taken > 0);
      bytes = bytes.subspan(taken);
      if (taken == 0) reader.Finish();
      continue;
    }
    trace.events.emplace_back(event->kind, event->first_packet, event->count, event->offset);
    if (event->kind == Kind::kHeader) {
      Require(reader.header().channels == 1 || reader.header().channels == 2);
      Require(reader.header().packet_bytes > 0);
      continue;
    }
    Require(event->first_packet == next_packet);
    next_packet += event->count;
    if (event->kind == Kind::kPackets) {
      const bool read = has_model || reader.header().coding == motet::StreamCoding::kFixedWidth;
      const auto packet_bytes = static_cast<size_t>(reader.header().packet_bytes);
      Require(event->count > 0 &&
              event->packets.size() == (read ? event->count * packet_bytes : 0));
      trace.packets.insert(trace.packets.end(), event->packets.begin(), event->packets.end());
    }
    if (event->kind == Kind::kEnd) {
      Require(reader.header().samples != motet::kUnknownSamples);
      return trace;
    }
  }
}

}  // namespace

void motet::fuzz::RepairChecksums(std::span<uint8_t> bytes) { RepairStream(bytes); }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  for (const auto& model :
       {std::shared_ptr<const motet::Model>(), motet::fuzz::GoldenModelOf(bytes)})
    Require(Read(bytes, size + 1, model) == Read(bytes, size % 61 + 1, model));
  return 0;
}
