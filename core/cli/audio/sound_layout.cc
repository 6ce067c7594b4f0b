#include "audio/sound_layout.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace motet::cli {
namespace {

constexpr size_t kMagicBytes = 24;  // enough of the beginning to tell every container

std::string_view Text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Length of the ID3v2 tags that stand in front; 0: none.
uint64_t TagBytes(SoundBytes& bytes) {
  uint64_t at = 0;
  std::array<uint8_t, 10> head{};
  while (bytes.PeekAll(at, head) && Text(head).starts_with("ID3")) {
    uint64_t size = 0;
    for (size_t i = 6; i < 10; ++i) size = size << 7 | (head[i] & 0x7Fu);
    at += size + ((head[5] & 0x10) != 0 ? 20 : 10);  // with a footer
  }
  return at;
}

// Containers that libsndfile cannot read as they come, besides those of chunks.
bool IsOtherContainer(std::span<const uint8_t> head) {
  constexpr std::array<std::string_view, 14> kMagics = {
      "fLaC", "OggS",     "Creative", " paf",     "fap ", "NIST", "MATLAB",
      "PVF1", "Extended", "ALawSoun", "\xF0\x7E", "\1\4", "2BIT", "ID3"};
  constexpr std::array<std::string_view, 4> kIrcam = {
      {{"\x64\xA3", 2}, {"\0\1\xA3\x64", 4}, {"\0\2\xA3\x64", 4}, {"\0\4\xA3\x64", 4}}};
  constexpr std::array<std::string_view, 3> kMat4Htk = {
      {{"\0\0\3\xE8\0\0\0\1", 8}, {"\0\0\0\0\1\0\0\0", 8}, {"\0\2\0\0", 4}}};
  const std::string_view text = Text(head);
  const auto begins = [text](std::string_view magic) { return text.starts_with(magic); };
  return std::ranges::any_of(kMagics, begins) || std::ranges::any_of(kIrcam, begins) ||
         begins(kMat4Htk[0]) || begins(kMat4Htk[1]) ||
         (text.size() >= 12 && text.substr(8, 4) == kMat4Htk[2]) || IsMpegFrame(head);
}

// Every position of a second FLAC stream, behind the first one.
std::vector<uint64_t> FlacStarts(SoundBytes& bytes, uint64_t begin) {
  constexpr std::string_view kStart("fLaC\0\0\0\x22", 8);  // with the stream information
  std::vector<uint64_t> starts = {begin};
  std::vector<uint8_t> block(size_t{1} << 20);
  for (uint64_t at = begin + 1;;) {
    const size_t got = bytes.Peek(at, block);
    if (got < kStart.size()) return starts;
    const std::string_view text = Text(std::span(block).first(got));
    for (size_t i = 0; (i = text.find(kStart, i)) != std::string_view::npos; ++i)
      starts.push_back(at + i);
    at += got - kStart.size() + 1;
  }
}

void ExamineFlac(SoundBytes& bytes, uint64_t begin, SoundLayout* layout) {
  layout->container = "FLAC";
  std::array<uint8_t, 26> head{};
  layout->says_length =
      bytes.PeekAll(begin, head) && (NumberAt(head, 21, 5, true) & 0xFFFFFFFFF) != 0;  // samples
  const std::vector<uint64_t> starts = FlacStarts(bytes, begin);
  if (starts.size() == 1) return;
  layout->links.clear();
  for (size_t i = 0; i < starts.size(); ++i) {
    layout->links.push_back(
        {.begin = starts[i], .end = i + 1 < starts.size() ? starts[i + 1] : bytes.bytes()});
  }
  layout->notes.push_back("is " + std::to_string(starts.size()) +
                          " FLAC streams one after another; all of them were read");
}

// VOC: blocks of a type and a size of 24 bits. libsndfile takes what follows the first block of
// samples for samples.
Status ExamineVoc(SoundBytes& bytes, uint64_t begin, SoundLayout* layout) {
  layout->container = "VOC";
  std::array<uint8_t, 22> head{};
  if (!bytes.PeekAll(begin, head)) return {};
  std::array<uint8_t, 4> block{};
  int blocks = 0;
  for (uint64_t at = begin + NumberAt(head, 20, 2, false); bytes.PeekAll(at, block);) {
    if (block[0] == 0) break;
    const uint64_t size = NumberAt(block, 1, 3, false);
    if (at + 4 + size > bytes.bytes()) SetSaid(bytes, begin, at + 4, size, layout);
    at += 4 + size;
    blocks += block[0] <= 3 || block[0] == 9 ? 1 : 0;  // samples, more of them, silence
  }
  if (blocks <= 1) return {};
  return {StatusCode::kInvalidArgument, bytes.name() + " has its samples in " +
                                            std::to_string(blocks) +
                                            " blocks of VOC; files with one can be read"};
}

}  // namespace

uint64_t NumberAt(std::span<const uint8_t> bytes, size_t at, size_t count, bool big_endian) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i)
    value = value << 8 | bytes[big_endian ? at + i : at + count - 1 - i];
  return value;
}

std::vector<uint8_t> NumberBytes(uint64_t value, size_t count, bool big_endian) {
  std::vector<uint8_t> bytes(count);
  for (size_t i = 0; i < count; ++i)
    bytes[big_endian ? count - 1 - i : i] = static_cast<uint8_t>(value >> (8 * i));
  return bytes;
}

void SetSaid(SoundBytes& bytes, uint64_t begin, uint64_t at, uint64_t said, SoundLayout* layout) {
  if (bytes.is_streamed()) return bytes.Show(begin, at + said);
  const uint64_t there = bytes.bytes() - std::min(at, bytes.bytes());
  if (said > there) {
    layout->cut = "its header says " + std::to_string(said) + " bytes of samples, " +
                  std::to_string(there) + " are there";
  }
}

void NoteLeftOver(uint64_t count, SoundLayout* layout) {
  if (count == 0) return;
  layout->notes.push_back("has " + std::to_string(count) +
                          " bytes after the samples that its header counts; they were left out");
}

// AU, and what few programs write today: a header of one size, which has a length or has not.
Status ExamineFixedHeader(SoundBytes& bytes, uint64_t begin, SoundLayout* layout) {
  std::array<uint8_t, 1024> h{};
  const size_t got = bytes.Peek(begin, std::span(h).first(kMagicBytes));
  const std::string_view text = Text(std::span(h).first(got));
  const auto whole = [&] { bytes.Peek(begin, h); };  // not before it is known: a pipe may be slow
  const auto said = [&](const char* container, uint64_t header_bytes, uint64_t sample_bytes) {
    layout->container = container;
    SetSaid(bytes, begin, begin + header_bytes, sample_bytes, layout);
    const uint64_t end = begin + header_bytes + sample_bytes;
    if (!bytes.is_streamed() && end + 8 <= bytes.bytes()) NoteLeftOver(bytes.bytes() - end, layout);
  };
  const auto unknown = [&](const char* container) {
    layout->container = container;
    layout->says_length = false;
  };
  if (text.starts_with(".snd") || text.starts_with("dns.")) {
    const bool big_endian = text[0] == '.';
    const uint64_t header = NumberAt(h, 4, 4, big_endian);
    const uint64_t size = NumberAt(h, 8, 4, big_endian);
    // libsndfile then goes by the length of the file, and is not confused by 2 GiB and more.
    bytes.Replace(begin + 8, NumberBytes(0xFFFFFFFF, 4, big_endian));
    const bool has_more = bytes.is_streamed() || begin + header < bytes.bytes();
    if (size != 0xFFFFFFFF && (size > 0 || !has_more)) {
      said("AU", header, size);
      if (layout->cut.empty()) bytes.Show(begin, begin + header + size);
    } else if (size == 0 && bytes.is_streamed()) {
      layout->must_seek = true;
    } else {
      unknown("AU");
    }
  } else if (text.starts_with(" paf") || text.starts_with("fap ")) {
    unknown("PAF");
  } else if (text.starts_with("PVF1")) {
    unknown("PVF");
  } else if (got >= 4 && ((h[0] == 0x64 && h[1] == 0xA3) || (h[2] == 0xA3 && h[3] == 0x64))) {
    unknown("IRCAM");
  } else if (text.starts_with("NIST")) {
    whole();
    const std::string header(Text(h).substr(0, Text(h).find("end_head")));
    const auto field = [&header](const char* name) {
      const size_t at = header.find(std::string(name) + " -i ");
      if (at == std::string::npos) return uint64_t{0};
      return uint64_t{std::strtoull(header.c_str() + at + std::strlen(name) + 4, nullptr, 10)};
    };
    uint64_t header_bytes = 1024;
    if (header.starts_with("NIST_1A\n"))
      header_bytes = std::strtoull(header.c_str() + std::strlen("NIST_1A\n"), nullptr, 10);
    const uint64_t samples = field("sample_count");
    if (samples == 0) {
      unknown("NIST");
    } else {
      said("NIST", header_bytes,
           samples * field("channel_count") * std::max<uint64_t>(field("sample_n_bytes"), 1));
    }
  } else if (got >= 12 && text.substr(8, 4) == std::string_view("\0\2\0\0", 4)) {
    said("HTK", 12, 2 * NumberAt(h, 0, 4, true));
  } else if (text.starts_with("2BIT")) {
    whole();
    const uint64_t channels = (NumberAt(h, 12, 2, true) & 1) + 1;
    said("AVR", 128, NumberAt(h, 26, 4, true) * (NumberAt(h, 14, 2, true) / 8) * channels);
  } else if (text.starts_with("ALawSoun")) {
    said("WVE", 32, NumberAt(h, 18, 4, true));
  } else if (text.starts_with("\1\4")) {
    whole();
    said("MPC2000", 42, NumberAt(h, 30, 4, false) * (h[21] != 0 ? 4 : 2));
  } else if (text.starts_with("\xF0\x7E")) {  // packets of 120 bytes of samples, 7 bits in each
    uint64_t samples = 0;
    for (size_t i = 13; i-- > 10;) samples = samples << 7 | (h[i] & 0x7Fu);
    const uint64_t in_packet = 120 / ((std::max<uint64_t>(h[6], 1) + 6) / 7);
    said("SDS", 21, (samples + in_packet - 1) / std::max<uint64_t>(in_packet, 1) * 127);
  } else if (text.starts_with("Extended")) {
    whole();
    const uint64_t count = std::min<uint64_t>(NumberAt(h, 296, 2, false), 16);
    uint64_t size = 0;
    for (size_t i = 0; i < count; ++i) size += NumberAt(h, 298 + 40 * i, 4, false);
    const uint64_t header_bytes = 298 + 40 * count;
    // Some programs, libsndfile too, count samples of two bytes where bytes were meant.
    const bool is_wide = (h[298 + 14] & 0x10) != 0;
    if (is_wide && begin + header_bytes + size < bytes.bytes()) size *= 2;
    said("XI", header_bytes, size);
  } else if (text.substr(0, 8) == std::string_view("\0\0\3\xE8\0\0\0\1", 8) ||
             text.substr(0, 8) == std::string_view("\0\0\0\0\1\0\0\0", 8)) {
    whole();
    const bool big_endian = h[3] != 0;
    constexpr std::array<uint64_t, 10> kSizes = {8, 4, 4, 2, 2, 1, 1, 1, 1, 1};
    const size_t second = 20 + std::min<uint64_t>(NumberAt(h, 16, 4, big_endian), 64) + 8;
    const uint64_t size = kSizes[NumberAt(h, second, 4, big_endian) / 10 % 10];
    said("MAT4", second + 20 + NumberAt(h, second + 16, 4, big_endian),
         size * NumberAt(h, second + 4, 4, big_endian) * NumberAt(h, second + 8, 4, big_endian));
  } else if (text.starts_with("MATLAB")) {
    whole();
    const bool big_endian = h[126] == 'M';
    uint64_t at = begin + 128;
    std::array<uint8_t, 8> element{};
    while (layout->cut.empty() && bytes.PeekAll(at, element)) {
      const uint64_t size = NumberAt(element, 4, 4, big_endian);
      // libsndfile writes, and does not miss, eight bytes too many.
      SetSaid(bytes, begin, at + 8, size - std::min<uint64_t>(size, 8), layout);
      at += 8 + size;
    }
    layout->container = "MAT5";
  }
  return {};
}

Result<SoundLayout> Examine(SoundBytes& bytes) {
  SoundLayout layout;
  std::array<uint8_t, kMagicBytes> magic{};
  const auto head = [&](uint64_t at) {
    return std::span<const uint8_t>(magic).first(bytes.Peek(at, magic));
  };
  std::span<const uint8_t> first = head(0);
  if (!bytes.failure().ok()) return bytes.failure();
  if (first.empty()) return Status(StatusCode::kTruncated, bytes.name() + " is empty");
  if (bytes.is_streamed() && IsOtherContainer(first)) {
    layout.must_seek = true;
    return layout;
  }
  const uint64_t begin = bytes.is_streamed() ? 0 : TagBytes(bytes);
  bytes.Show(begin, bytes.bytes());
  if (Status s = ExamineChunks(bytes, begin, &layout); !s.ok()) return s;
  if (layout.container.empty()) {
    if (Status s = ExamineFixedHeader(bytes, begin, &layout); !s.ok()) return s;
  }
  if (!bytes.is_streamed() && layout.container.empty()) {
    first = head(begin);
    Status status;
    if (Text(first).starts_with("fLaC")) {
      ExamineFlac(bytes, begin, &layout);
    } else if (Text(first).starts_with("OggS")) {
      status = ExamineOgg(bytes, begin, &layout);
    } else if (Text(first).starts_with("Creative")) {
      status = ExamineVoc(bytes, begin, &layout);
    } else if (IsMpegFrame(first) || begin > 0) {
      status = ExamineMpeg(bytes, begin, &layout);
    }
    if (!status.ok()) return status;
  }
  if (!bytes.failure().ok()) return bytes.failure();
  if (bytes.is_streamed() && layout.container.empty() && !layout.must_seek) {
    return Status(StatusCode::kInvalidArgument,
                  bytes.name() + " is not an audio file that can be read: its format is unknown");
  }
  return layout;
}

}  // namespace motet::cli
