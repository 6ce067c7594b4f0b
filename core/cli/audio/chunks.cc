#include "audio/chunks.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "audio/sound_layout.h"

namespace motet::cli {
namespace {

constexpr size_t kGuidBytes = 16;
constexpr std::array<ChunkFamily, 10> kFamilies = {{
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

}  // namespace

const ChunkFamily* ChunkFamilyOf(SoundBytes& bytes, uint64_t begin) {
  std::array<uint8_t, 12> head{};
  const size_t got = bytes.Peek(begin, head);
  const std::string_view text(reinterpret_cast<const char*>(head.data()), got);
  for (const ChunkFamily& family : kFamilies) {
    if (!text.starts_with(family.magic)) continue;
    if (family.type.empty() || (got == 12 && text.substr(8) == family.type)) return &family;
  }
  return nullptr;
}

std::optional<Chunk> ReadChunk(SoundBytes& bytes, const ChunkFamily& family, uint64_t at) {
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
  chunk.next = family.Aligned(chunk.end);
  return chunk;
}

bool IsChunkName(std::string_view name) {
  const auto is_file = [name](const ChunkFamily& family) { return name == family.magic; };
  return std::ranges::all_of(name, [](unsigned char c) { return std::isprint(c) != 0; }) &&
         std::ranges::none_of(kFamilies, is_file);
}

bool IsPlausible(const Chunk& chunk, uint64_t end_of_file) {
  return IsChunkName(chunk.id) && chunk.end <= end_of_file;
}

std::optional<uint64_t> LongSize(SoundBytes& bytes, const Chunk& chunk) {
  std::array<uint8_t, 16> sizes{};
  if (chunk.id != "ds64" || !bytes.PeekAll(chunk.payload, sizes)) return {};
  return NumberAt(sizes, 8, 8, false);
}

std::vector<Chunk> FindChunks(SoundBytes& bytes, const ChunkFamily& family, uint64_t begin,
                              std::span<const std::string_view> ids) {
  constexpr size_t kMost = 100;
  std::vector<Chunk> chunks;
  uint64_t long_size = 0;
  uint64_t at = begin + family.first;
  for (std::optional<Chunk> chunk; chunks.size() < kMost && (chunk = ReadChunk(bytes, family, at));
       at = chunk->next) {
    long_size = LongSize(bytes, *chunk).value_or(long_size);
    if (chunk->id == family.samples) {
      if (bytes.is_streamed()) break;
      if (family.is_long() && chunk->size == 0xFFFFFFFF)
        chunk->next = family.Aligned(chunk->payload + std::min(long_size, SoundBytes::kNoEnd / 2));
    } else if (!IsPlausible(*chunk, bytes.bytes())) {
      break;
    } else if (std::ranges::find(ids, chunk->id) != ids.end()) {
      chunks.push_back(*chunk);
    }
  }
  return chunks;
}

}  // namespace motet::cli
