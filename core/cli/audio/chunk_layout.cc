// Whether all of a file that is made of chunks is there.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <string_view>

#include "audio/chunks.h"
#include "audio/sound_layout.h"

namespace motet::cli {
namespace {

constexpr uint32_t kLongest32 = 0xFFFFFFFE;  // bytes of samples that a size of 32 bits can say

// Bytes of a file from `at` on that are no whole chunks, nor the old tag of 128 bytes.
uint64_t LeftOver(SoundBytes& bytes, const ChunkFamily& family, uint64_t at) {
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
bool IsPlaceholder(const ChunkFamily& family, uint64_t size) {
  if (family.size_bytes == 8) return size <= 24 || size >= uint64_t{1} << 62;
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
  ChunkWalk(SoundBytes& bytes, const ChunkFamily& family, uint64_t begin, SoundLayout* layout)
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
    const uint64_t left = LeftOver(bytes_, family_, family_.Aligned(at + said));
    NoteLeftOver(left, layout_);
    if (left > 0) bytes_.Show(begin_, at + said);
    return {};
  }

 private:
  bool is_long() const { return family_.is_long(); }

  Status FindSamples() {
    uint64_t at = begin_ + family_.first;
    for (std::optional<Chunk> chunk; (chunk = ReadChunk(bytes_, family_, at)); at = chunk->next) {
      std::array<uint8_t, 6> sizes{};
      if (const std::optional<uint64_t> size = LongSize(bytes_, *chunk)) {
        long_size_at_ = chunk->payload + 8;
        long_size_ = *size;
      }
      if (chunk->id == "COMM" && bytes_.PeekAll(chunk->payload, sizes)) {
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
  const ChunkFamily& family_;
  uint64_t begin_;
  SoundLayout* layout_;
  std::optional<Chunk> samples_;
  std::optional<uint64_t> long_size_at_;  // of RF64: the second number of ds64
  uint64_t long_size_ = 0;
  std::optional<uint64_t> frames_at_;  // of AIFF
  uint64_t frames_ = 0;
};

// Of WAV: INFO and ID3; of AIFF: its text chunks, too.
bool HoldsTags(std::string_view id, std::string_view list_type) {
  constexpr std::array<std::string_view, 6> kNames = {"id3 ", "ID3 ", "NAME",
                                                      "AUTH", "ANNO", "(c) "};
  return std::ranges::find(kNames, id) != kNames.end() || (id == "LIST" && list_type == "INFO");
}

}  // namespace

Status ExamineChunks(SoundBytes& bytes, uint64_t begin, SoundLayout* layout) {
  const ChunkFamily* family = ChunkFamilyOf(bytes, begin);
  if (family == nullptr) return {};
  layout->container = family->name;
  layout->has_chunks = true;
  return ChunkWalk(bytes, *family, begin, layout).Run();
}

SoundRest ReadRest(SoundBytes& bytes, const SoundLayout& layout) {
  SoundRest rest;
  if (!bytes.is_streamed()) return rest;
  const ChunkFamily* family = layout.has_chunks ? ChunkFamilyOf(bytes, 0) : nullptr;
  std::array<uint8_t, 8> head{};  // of a chunk; those with longer ones do not come through a pipe
  const std::string_view id(reinterpret_cast<const char*>(head.data()), 4);
  if (family != nullptr && bytes.read_bytes() % 2 == 1) bytes.ReadOn(std::span(head).first(1));
  for (bool is_first = true;; is_first = false) {
    const size_t got = bytes.ReadOn(head);
    const bool is_chunk = family != nullptr && got == head.size() && IsChunkName(id);
    if (is_first) rest = {.is_there = got > 0, .is_unknown = got > 1 && !is_chunk};
    if (!is_chunk) return rest;
    uint64_t left = NumberAt(head, 4, 4, family->big_endian);
    left += left % 2;
    std::array<char, 4> type{};
    if (id == "LIST" && left >= type.size())
      left -= bytes.ReadOn({reinterpret_cast<uint8_t*>(type.data()), type.size()});
    rest.has_tags |= HoldsTags(id, {type.data(), type.size()});
    // All of it, so that no one who writes it meets a closed pipe.
    for (std::array<uint8_t, 4096> block{}; left > 0;) {
      const size_t skipped = bytes.ReadOn(std::span(block).first(std::min(left, block.size())));
      if (skipped == 0) return rest;
      left -= skipped;
    }
  }
}

}  // namespace motet::cli
