#include "motet/page_search.h"

#include <algorithm>

#include "stream/page.h"
#include "stream/stream_layout.h"
#include "stream/stream_parts.h"

namespace motet {
namespace {

using namespace stream_layout;

constexpr size_t kFirstWindow = 8192;  // two pages of 3 s at the most, as motet writes them

// Of the stream, about; 0 if they are not known.
uint64_t PacketsOf(const StreamHeader& header) {
  if (!header.parts.empty()) return stream_parts::Packets(header.parts);
  if (header.samples == kUnknownSamples) return 0;
  return header.samples / kStreamPacketSamples + header.pre_skip / kStreamPacketSamples + 1;
}

}  // namespace

PageSearch::PageSearch(const StreamHeader& header, uint64_t begin, uint64_t end, uint64_t packet)
    : packet_(packet),
      found_(begin),
      low_(begin),
      high_(std::max(begin, end)),
      high_packet_(PacketsOf(header)) {
  header_.packet_bytes = header.packet_bytes;
  header_.coding = header.coding;
  Choose();
}

// Chooses where to look next in [low_, high_).
void PageSearch::Choose() {
  wanted_ = {};
  if (low_ >= high_ || low_packet_ > packet_) return;
  window_ = kFirstWindow;
  const uint64_t room = high_ - low_;
  probe_ = low_;
  if (room > 2 * kFirstWindow) {
    uint64_t ahead = room / 2;
    if (guess_ && high_packet_ > low_packet_) {
      const double share = static_cast<double>(packet_ - low_packet_) /
                           static_cast<double>(high_packet_ - low_packet_);
      ahead = static_cast<uint64_t>(std::min(share, 1.0) * static_cast<double>(room));
    }
    guess_ = !guess_;
    // The page begins a little before its packet.
    probe_ += std::min(ahead - std::min<uint64_t>(ahead, kFirstWindow / 2), room - kFirstWindow);
  }
  Want(probe_);
}

void PageSearch::Want(uint64_t offset) {
  wanted_ = {offset, static_cast<size_t>(std::min<uint64_t>(window_, high_ - offset))};
}

void PageSearch::Take(std::span<const uint8_t> bytes) {
  const uint64_t offset = wanted_.offset;
  if (bytes.size() < wanted_.bytes) high_ = offset + bytes.size();
  bytes = bytes.first(std::min(bytes.size(), wanted_.bytes));
  bool met = false;  // a page
  size_t at = 0;
  while (at < bytes.size()) {
    core::Page page;
    const core::PageMatch match = core::MatchPage(bytes.subspan(at), header_, &page);
    if (match == core::PageMatch::kIntact) {
      met = true;
      if (page.first_packet > packet_) {
        high_ = probe_;  // none begins in between
        high_packet_ = page.first_packet;
        break;
      }
      found_ = offset + at;
      low_packet_ = page.first_packet + page.packets;
      at += page.bytes;
      low_ = probe_ = offset + at;
      if (page.is_end) high_ = low_;
      if (low_packet_ > packet_) break;
    } else if (match == core::PageMatch::kIncomplete && offset + bytes.size() < high_) {
      break;
    } else {
      ++at;
    }
  }
  const bool all_looked_at = offset + at >= high_;
  if (met) {
    Choose();
  } else if (all_looked_at) {  // no page begins from probe_ on
    high_ = probe_;
    Choose();
  } else {
    window_ = kMaxPageBytes;
    Want(offset + at);
  }
}

}  // namespace motet
