// The search for a page in a file.
#pragma once

#include <cstdint>

#include "files/input_file.h"
#include "motet/page_search.h"
#include "motet/status.h"

namespace motet::cli {

// The byte of a regular file at which the page begins that `search` searches.
Result<uint64_t> FindPage(const InputFile& file, PageSearch search);

}  // namespace motet::cli
