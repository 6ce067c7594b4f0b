#include "stream/page.h"

#include <algorithm>

#include "arithmetic/crc32.h"
#include "stream/stream_layout.h"

namespace motet::core {

using namespace stream_layout;

PageMatch MatchPage(std::span<const uint8_t> bytes, const StreamHeader& header, Page* page) {
  const size_t sync = std::min(kSync.size(), bytes.size());
  if (!std::equal(kSync.begin(), kSync.begin() + static_cast<ptrdiff_t>(sync), bytes.begin()))
    return PageMatch::kNone;
  if (bytes.size() < kPageHeaderBytes) return PageMatch::kIncomplete;
  const uint64_t flags = Get(bytes, kPageFlags, 1);
  const uint64_t packets = Get(bytes, kPagePackets, 1);
  const size_t payload = Get(bytes, kPagePayload, 2);
  const uint64_t fixed = packets * static_cast<uint64_t>(header.packet_bytes);
  const bool is_end = flags == kEndPageFlag;
  if (is_end) {
    if (packets != 0 || payload != kEndPayloadBytes) return PageMatch::kNone;
  } else if (flags != 0 || packets == 0 || payload == 0 || payload > fixed ||
             (header.coding == StreamCoding::kFixedWidth && payload != fixed)) {
    return PageMatch::kNone;
  }
  const size_t size = kPageHeaderBytes + payload;
  page->first_packet = Get(bytes, kPageFirstPacket, 4);
  if (bytes.size() < size) return PageMatch::kIncomplete;
  page->payload = bytes.subspan(kPageHeaderBytes, payload);
  if (Crc32(page->payload, Crc32(bytes.first(kPageCrc))) != Get(bytes, kPageCrc, 4))
    return PageMatch::kNone;
  page->is_end = is_end;
  page->packets = packets;
  page->bytes = size;
  return PageMatch::kIntact;
}

}  // namespace motet::core
