// What the reader of a stream and the search in it know of a page (docs/FORMAT.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "motet/stream.h"

namespace motet::core {

struct Page {
  bool is_end = false;
  uint64_t first_packet = 0;  // of the end page: how many the stream has
  uint64_t packets = 0;       // in this page
  std::span<const uint8_t> payload;
  size_t bytes = 0;  // of the whole page
};

enum class PageMatch {
  kNone,        // no intact page begins here
  kIncomplete,  // one may begin here: its end is not there yet
  kIntact,
};

// Looks for a page of the stream with this header at the beginning of `bytes`, and fills `page` if
// there is an intact one; of an incomplete one first_packet alone, once its header is there. What
// number may stand in this place is for the caller to know.
PageMatch MatchPage(std::span<const uint8_t> bytes, const StreamHeader& header, Page* page);

}  // namespace motet::core
