// Containers made of chunks, each with a name and a size: WAV, RF64, BW64, AIFF, W64, CAF, 8SVX.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <string_view>

#include "audio/sound_layout.h"

namespace motet::cli {
namespace {

constexpr size_t kGuidBytes = 16;
constexpr uint32_t kLongest32 = 0xFFFFFFFE;  // bytes of samples that a size of 32 bits can say

struct Family {
  const char* name;
  std::string_view magic;
  std::string_view type;  // of the form, after its size; may be empty
  uint64_t first;         // chunk, counted from the magic
  size_t id_bytes;
  size_t size_bytes;
  bool big_endian;
  bool size_counts_header;
  uint64_t alignment;
  std::string_view samples;  // name of the chunk that holds them
  uint64_t before_samples;   // bytes in it that are none
};

constexpr std::array<Family, 10> kFamilies = {{
    {"WAV", "RIFF", "WAVE", 12, 4, 4, false, false, 2, "data", 0},
    {"WAV", "RIFX", "WAVE", 12, 4, 4, true, false, 2, "data", 0},
    {"RF64", "RF64", "WAVE", 12, 4, 4, false, false, 2, "data", 0},
    {"BW64", "BW64", "WAVE", 12, 4, 4, false, false, 2, "data", 0},
    {"AIFF", "FORM", "AIFF", 12, 4, 4, true, false, 2, "SSND", 8},
    {"AIFF", "FORM", "AIFC", 12, 4, 4, true, false, 2, "SSND", 8},
    {"8SVX", "FORM", "8SVX", 12, 4, 4, true, false, 2, "BODY", 0},
    {"16SV", "FORM", "16SV", 12, 4, 4, true, false, 2, "BODY", 0},
    {"W64", "riff", "", 40, kGuidBytes, 8, false, true, 8, "data", 0},
    {"CAF", "caff", "", 8, 4, 8, true, false, 1, "data", 4},
}};

struct Chunk {
  std::string id;
  uint64_t size_at = 0;
  uint64_t size = 0;     // as it is written
  uint64_t payload = 0;  // where it begins
  uint64_t end = 0;      // of the payload
  uint64_t next = 0;
};

std::optional<Chunk> ReadChunk(SoundBytes& bytes, const Family& family, uint64_t at) {
  std::array<uint8_t, kGuidBytes + 8> header{};
  const size_t header_bytes = family.id_bytes + family.size_bytes;
  if (!bytes.PeekAll(at, std::span(header).first(header_bytes))) return {};
  Chunk chunk;
  chunk.id.assign(header.begin(), header.begin() + 4);
  chunk.size_at = at + family.id_bytes;
  chunk.size = NumberAt(header, family.id_bytes, family.size_bytes, family.big_endian);
  chunk.payload = at + header_bytes;
  const uint64_t before = family.size_counts_header ? header_bytes : 0;
  const uint64_t held = chunk.size < before ? 0 : chunk.size - before;
  chunk.end = held > SoundBytes::kNoEnd ? SoundBytes::kNoEnd : chunk.payload + held;
  chunk.next = (chunk.end + family.alignment - 1) / family.alignment * family.alignment;
  return chunk;
}

bool IsPlausible(const Chunk& chunk, uint64_t end_of_file) {
  return IsChunkName(chunk.id) && chunk.end <= end_of_file;
}

// Bytes of a file from `at` on that are no whole chunks, nor the old tag of 128 bytes.
uint64_t LeftOver(SoundBytes& bytes, const Family& family, uint64_t at) {
  for (;;) {
    const std::optional<Chunk> chunk = ReadChunk(bytes, family, at);
    if (!chunk || !IsPlausible(*chunk, bytes.bytes())) break;
    at = chunk->next;
  }
  const uint64_t count = bytes.bytes() - std::min(at, bytes.bytes());
  std::array<uint8_t, 3> tag{};
  const bool is_tag =
      count == 128 && bytes.PeekAll(at, tag) && std::memcmp(tag.data(), "TAG", 3) == 0;
  return is_tag || count < 8 ? 0 : count;  // fewer: padding
}

// What programs write for a size that they do not know: 0, or a number close to the largest one,
// signed or unsigned; SoX writes 0x7F000008 for AIFF.
bool IsPlaceholder(const Family& family, uint64_t size) {
  if (family.size_bytes == 8) return size <= kGuidBytes + 8 || size >= uint64_t{1} << 62;
  if (family.samples == "SSND" && size >= 0x7F000000 && size <= 0x80000000) return true;
  return size == 0 || (size >= 0x7FFFF000 && size <= 0x80000000) || size >= 0xFFFFF000;
}

Status LongerThanItsHeaderCanSay(const std::string& name) {
  return {StatusCode::kInvalidArgument,
          name + " has more samples than a WAV header can count; write it as RF64, W64 or FLAC"};
}

// Walks through one file of this kind, chunk by chunk.
class ChunkWalk {
 public:
  ChunkWalk(SoundBytes& bytes, const Family& family, uint64_t begin, SoundLayout* layout)
      : bytes_(bytes), family_(family), begin_(begin), layout_(layout) {}

  Status Run() {
    if (Status s = FindSamples(); !s.ok() || layout_->must_seek) return s;
    if (is_long() && !long_size_at_) {
      return {StatusCode::kCorrupt, bytes_.name() + " is " + family_.name +
                                        " without the chunk 'ds64' that holds its sizes"};
    }
    const uint64_t at = samples_->payload + family_.before_samples;
    uint64_t said = samples_->size;
    if (is_long() && said == 0xFFFFFFFF) said = long_size_;
    if (is_long() ? said == 0 || said >= uint64_t{1} << 62 : IsPlaceholder(family_, said))
      return Unknown(at);
    said -= std::min(said, not_samples());
    if (is_long()) PatchLongSize(said);
    SetSaid(bytes_, begin_, at, said, layout_);
    if (frames_at_ && frames_ == 0) PatchFrames();
    if (bytes_.is_streamed() || !layout_->cut.empty()) return {};
    const uint64_t left = LeftOver(bytes_, family_, Aligned(at + said));
    NoteLeftOver(left, layout_);
    if (left > 0) bytes_.Show(begin_, at + said);
    return {};
  }

 private:
  bool is_long() const { return family_.magic == "RF64" || family_.magic == "BW64"; }
  uint64_t Aligned(uint64_t at) const {
    return (at + family_.alignment - 1) / family_.alignment * family_.alignment;
  }

  Status FindSamples() {
    uint64_t at = begin_ + family_.first;
    for (std::optional<Chunk> chunk; (chunk = ReadChunk(bytes_, family_, at)); at = chunk->next) {
      std::array<uint8_t, 16> sizes{};
      if (chunk->id == "ds64" && bytes_.PeekAll(chunk->payload, sizes)) {
        long_size_at_ = chunk->payload + 8;
        long_size_ = NumberAt(sizes, 8, 8, false);
      }
      if (chunk->id == "COMM" && bytes_.PeekAll(chunk->payload, std::span(sizes).first(6))) {
        frames_at_ = chunk->payload + 2;
        frames_ = NumberAt(sizes, 2, 4, true);
      }
      if (chunk->id != family_.samples || samples_) continue;
      samples_ = chunk;
      if (family_.samples != "SSND" || frames_at_) break;  // otherwise COMM may follow
    }
    if (bytes_.is_streamed()) {
      // A size of zero may mean that there is nothing, which what follows has to say.
      const bool is_found = samples_ && (family_.samples != "SSND" || frames_at_) &&
                            (family_.magic == "RIFF" || family_.magic == "RIFX" ||
                             family_.samples == "SSND" || is_long());
      const bool is_zero = samples_ && (samples_->size == 0 ||
                                        (samples_->size == 0xFFFFFFFF && is_long() &&
                                         (long_size_ == 0 || long_size_ >= uint64_t{1} << 62)));
      layout_->must_seek = !is_found || is_zero;
      return {};
    }
    if (samples_) return {};
    return {StatusCode::kTruncated, bytes_.name() + " is truncated: it is " + family_.name +
                                        " and ends, after " + std::to_string(bytes_.bytes()) +
                                        " bytes, before its samples begin"};
  }

  // Bytes that the size of the chunk counts, too.
  uint64_t not_samples() const {
    return family_.before_samples +
           (family_.size_counts_header ? family_.id_bytes + family_.size_bytes : 0);
  }

  // Neither samples nor other chunks follow.
  bool IsEmpty(uint64_t at) {
    if (bytes_.is_streamed() || samples_->size > not_samples()) return false;
    const std::optional<Chunk> chunk = ReadChunk(bytes_, family_, at);
    return at >= bytes_.bytes() ||
           (chunk && IsPlausible(*chunk, bytes_.bytes()) && LeftOver(bytes_, family_, at) == 0);
  }

  Status Unknown(uint64_t at) {
    if (IsEmpty(at)) return {};
    std::array<uint8_t, 4> first{};
    if (bytes_.PeekAll(at, first) && std::memcmp(first.data(), family_.magic.data(), 4) == 0) {
      return {StatusCode::kCorrupt, bytes_.name() +
                                        " has a second header where its samples should begin: the "
                                        "program that wrote it could not complete the first one"};
    }
    layout_->says_length = false;
    const uint64_t there = bytes_.bytes() - std::min(at, bytes_.bytes());
    const bool is_short = family_.size_bytes == 4 && !is_long();
    const bool says_zero = samples_->size <= not_samples();
    if (!bytes_.is_streamed() && is_short && there > (says_zero ? kLongest32 : samples_->size))
      return LongerThanItsHeaderCanSay(bytes_.name());
    const uint64_t most = is_short ? kLongest32 - 64 : SoundBytes::kNoEnd / 4;
    const uint64_t now = (bytes_.is_streamed() ? most : there) & ~uint64_t{1};
    if (is_long()) {
      PatchLongSize(now);
    } else {
      bytes_.Replace(samples_->size_at,
                     NumberBytes(now + not_samples(), family_.size_bytes, family_.big_endian));
    }
    if (frames_at_) PatchFrames();
    if (bytes_.is_streamed()) bytes_.Show(begin_, at + now);
    return {};
  }

  // RF64 is the name of the long form of WAV that libsndfile knows; its size is set to what is
  // there.
  void PatchLongSize(uint64_t samples) {
    bytes_.Replace(begin_, {'R', 'F', '6', '4'});
    bytes_.Replace(samples_->size_at, NumberBytes(0xFFFFFFFF, 4, false));
    bytes_.Replace(*long_size_at_, NumberBytes(samples, 8, false));
  }

  // So that libsndfile counts the bytes instead.
  void PatchFrames() { bytes_.Replace(*frames_at_, NumberBytes(0x7FFFFFFF, 4, true)); }

  SoundBytes& bytes_;
  const Family& family_;
  uint64_t begin_;
  SoundLayout* layout_;
  std::optional<Chunk> samples_;
  std::optional<uint64_t> long_size_at_;  // of RF64: the second number of ds64
  uint64_t long_size_ = 0;
  std::optional<uint64_t> frames_at_;  // of AIFF
  uint64_t frames_ = 0;
};

}  // namespace

bool IsChunkName(std::string_view name) {
  const auto is_file = [name](const Family& family) { return name == family.magic; };
  return std::ranges::all_of(name, [](unsigned char c) { return std::isprint(c) != 0; }) &&
         std::ranges::none_of(kFamilies, is_file);
}

Status ExamineChunks(SoundBytes& bytes, uint64_t begin, SoundLayout* layout) {
  std::array<uint8_t, 12> head{};
  const size_t got = bytes.Peek(begin, head);
  const std::string_view text(reinterpret_cast<const char*>(head.data()), got);
  for (const Family& family : kFamilies) {
    if (!text.starts_with(family.magic)) continue;
    if (!family.type.empty() && (got < 12 || text.substr(8) != family.type)) continue;
    layout->container = family.name;
    return ChunkWalk(bytes, family, begin, layout).Run();
  }
  return {};
}

}  // namespace motet::cli
