// Where in the bytes of a stream a packet is found: a search over the pages that reads a few
// kilobytes here and there, wherever they come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "motet/export.h"
#include "motet/stream.h"

namespace motet {

// Pages lie in the order of their packets and can be told from other bytes by their checksums, so
// that an interval of bytes can be halved until one page is left (bisection, with a guess by the
// mean rate first): an hour of music takes two to four reads of 8 KiB.
//
//   PageSearch search(header, first_page, stream_bytes, packet);
//   while (search.wanted().bytes > 0) search.Take(ReadAt(search.wanted()));
//   ... search.found() ...
class MOTET_API PageSearch {
 public:
  struct Range {
    uint64_t offset = 0;  // byte of the stream
    size_t bytes = 0;     // 0: nothing, the page is found
  };

  // Searches the page that holds `packet`, counted from 0, in the stream with this header, whose
  // pages begin at byte `begin` (StreamReader::pages_begin) and which has `end` bytes.
  PageSearch(const StreamHeader& header, uint64_t begin, uint64_t end, uint64_t packet);

  // The bytes to be read next: 8 KiB, or 64 KiB where no page begins in them.
  Range wanted() const { return wanted_; }

  // Takes the bytes of wanted(); fewer than that say that the stream ends with them.
  void Take(std::span<const uint8_t> bytes);

  // Once wanted() has no bytes: the byte at which the page begins. Where it is damaged that of the
  // last intact one before it, or of the first page; beyond the end that of the end page.
  uint64_t found() const { return found_; }

 private:
  void Want(uint64_t offset);
  void Choose();

  StreamHeader header_;  // without tags
  uint64_t packet_;
  uint64_t found_;           // where the last page begins that is known not to come after `packet_`
  uint64_t low_;             // where it ends
  uint64_t low_packet_ = 0;  // the packet after it
  uint64_t high_;            // no page that begins here or later is the one
  uint64_t high_packet_;     // the first packet at high_, as far as can be guessed; 0: it cannot
  uint64_t probe_ = 0;       // no page begins between here and what is read now
  size_t window_ = 0;        // bytes of one read
  bool guess_ = true;        // by the mean rate, not by halves
  Range wanted_;
};

}  // namespace motet
