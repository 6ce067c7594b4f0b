#include "files/page_finder.h"

#include <span>
#include <vector>

namespace motet::cli {

Result<uint64_t> FindPage(const InputFile& file, PageSearch search) {
  std::vector<uint8_t> bytes;
  while (search.wanted().bytes > 0) {
    bytes.resize(search.wanted().bytes);
    const Result<size_t> got = file.ReadAt(search.wanted().offset, bytes);
    if (!got.ok()) return got.status();
    search.Take(std::span(bytes).first(*got));
  }
  return search.found();
}

}  // namespace motet::cli
