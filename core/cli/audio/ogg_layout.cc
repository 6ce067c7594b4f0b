// Ogg (RFC 3533): pages with checksum and number; files one after another are one file, of links.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>

#include "audio/sound_layout.h"

namespace motet::cli {
namespace {

constexpr size_t kHeaderBytes = 27;
constexpr uint8_t kFirstPage = 2;
constexpr uint8_t kLastPage = 4;

constexpr std::array<uint32_t, 256> CrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i << 24;
    for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ ((crc >> 31) != 0 ? 0x04C11DB7u : 0u);
    table[i] = crc;
  }
  return table;
}

uint32_t PageCrc(std::span<const uint8_t> page) {
  static constexpr std::array<uint32_t, 256> kTable = CrcTable();
  uint32_t crc = 0;
  for (size_t i = 0; i < page.size(); ++i) {
    const uint8_t byte = i >= 22 && i < 26 ? uint8_t{0} : page[i];  // the checksum itself
    crc = crc << 8 ^ kTable[(crc >> 24) ^ byte];
  }
  return crc;
}

class OggWalk {
 public:
  OggWalk(SoundBytes& bytes, uint64_t begin, SoundLayout* layout)
      : bytes_(bytes), begin_(begin), layout_(layout), page_(kHeaderBytes + 255 * 256) {}

  Status Run() {
    uint64_t at = begin_;
    while (at < bytes_.bytes()) {
      const size_t size = ReadPage(at);
      if (size > 0) {
        Page(at, size);
        at += size;
      } else if (cut_at_) {
        break;
      } else {
        ++damaged_;
        ++at;
      }
    }
    EndLink(cut_at_.value_or(at));
    Report();
    return {};
  }

 private:
  // Bytes of the page at `at`; 0 if there is none, or not all of it.
  size_t ReadPage(uint64_t at) {
    const std::span<uint8_t> page(page_);
    size_t got = bytes_.Peek(at, page.first(kHeaderBytes));
    if (std::memcmp(page.data(), "OggS", std::min<size_t>(got, 4)) != 0) return 0;
    size_t size = kHeaderBytes;
    if (got == kHeaderBytes) {
      const size_t segments = page[26];
      got += bytes_.Peek(at + got, page.subspan(kHeaderBytes, segments));
      size += segments;
      if (got == size) {
        for (size_t i = 0; i < segments; ++i) size += page[kHeaderBytes + i];
        got += bytes_.Peek(at + got, page.subspan(got, size - got));
      }
    }
    if (got < size) {
      cut_at_ = at;
      return 0;
    }
    return PageCrc(page.first(size)) == NumberAt(page, 22, 4, false) ? size : 0;
  }

  void Page(uint64_t at, size_t /*size*/) {
    const uint8_t flags = page_[5];
    const auto serial = static_cast<uint32_t>(NumberAt(page_, 14, 4, false));
    const auto number = static_cast<uint32_t>(NumberAt(page_, 18, 4, false));
    if ((flags & kFirstPage) != 0) {
      if (has_body_) EndLink(at);
      if (streams_.empty()) link_begin_ = at;
      has_body_ = false;
      streams_.insert(serial);
      open_.insert(serial);
      next_ = number + 1;
    } else {
      // Of one stream; the numbers of several are not told apart.
      if (streams_.size() == 1 && number != next_) missing_ += number - next_;
      next_ = number + 1;
      has_body_ = true;
    }
    if ((flags & kLastPage) != 0) open_.erase(serial);
  }

  void EndLink(uint64_t at) {
    if (streams_.empty()) return;
    layout_->links.push_back({.begin = link_begin_, .end = at});
    if (streams_.size() > 1) {
      layout_->notes.emplace_back("holds " + std::to_string(streams_.size()) +
                                  " streams side by side; one of them was read");
    }
    unended_ += open_.empty() ? 0 : 1;
    streams_.clear();
    open_.clear();
  }

  void Report() {
    layout_->container = "Ogg";
    if (cut_at_) {
      layout_->cut = "it ends in the middle of a page of Ogg, at byte " +
                     std::to_string(bytes_.bytes()) + ", so that at least " +
                     std::to_string(bytes_.bytes() - *cut_at_) + " bytes are of no use";
    } else if (unended_ > 0) {
      layout_->notes.emplace_back(
          "may be cut off: no page of Ogg says that it is the last; it was read to its end");
    }
    if (damaged_ > 0) {
      layout_->notes.push_back("has " + std::to_string(damaged_) +
                               " bytes that belong to no whole page of Ogg; they were left out");
    }
    if (missing_ > 0)
      layout_->notes.push_back("lacks " + std::to_string(missing_) + " pages of Ogg in its middle");
    if (layout_->links.size() > 1) {
      layout_->notes.push_back("is " + std::to_string(layout_->links.size()) +
                               " Ogg streams one after another; all of them were read");
    }
  }

  SoundBytes& bytes_;
  uint64_t begin_;
  SoundLayout* layout_;
  std::vector<uint8_t> page_;
  std::set<uint32_t> streams_;  // of the link
  std::set<uint32_t> open_;     // that have not ended
  bool has_body_ = false;
  uint64_t link_begin_ = 0;
  uint32_t next_ = 0;  // number of a page
  uint64_t missing_ = 0;
  uint64_t damaged_ = 0;
  size_t unended_ = 0;
  std::optional<uint64_t> cut_at_;
};

}  // namespace

Status ExamineOgg(SoundBytes& bytes, uint64_t begin, SoundLayout* layout) {
  return OggWalk(bytes, begin, layout).Run();
}

}  // namespace motet::cli
