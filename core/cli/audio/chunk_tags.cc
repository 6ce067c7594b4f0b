#include "audio/chunk_tags.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audio/chunks.h"
#include "audio/sound_layout.h"
#include "audio/tags.h"

namespace motet::cli {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 26;  // no tag is larger; a size that lies may be

using Name = std::pair<std::string_view, const char*>;
// Apple Core Audio Format Specification, "Information chunk", and what ffmpeg writes into it.
constexpr std::array<Name, 5> kCafKeys = {{{"comments", "comment"},
                                           {"track", "tracknumber"},
                                           {"track number", "tracknumber"},
                                           {"year", "date"},
                                           {"recorded date", "date"}}};
// EA IFF 85.
constexpr std::array<Name, 4> kIffChunks = {
    {{"NAME", "title"}, {"AUTH", "artist"}, {"ANNO", "comment"}, {"(c) ", "copyright"}}};

std::string Translated(std::span<const Name> names, const std::string& name) {
  const auto found = std::ranges::find(names, name, &Name::first);
  return found == names.end() ? name : found->second;
}

// A count, then keys and values that end with 0.
void AddCafInfo(std::string_view info, TagLib::PropertyMap* texts) {
  info.remove_prefix(std::min<size_t>(4, info.size()));
  const auto take = [&info] {
    const size_t end = std::min(info.find('\0'), info.size());
    std::string text(info.substr(0, end));
    info.remove_prefix(std::min(end + 1, info.size()));
    return text;
  };
  while (!info.empty()) {
    const std::string key = Translated(kCafKeys, Lower(take()));
    texts->insert(FromUtf8(key), FromUtf8(take()));
  }
}

}  // namespace

ChunkTags ReadChunkTags(SoundBytes& bytes) {
  ChunkTags tags;
  const ChunkFamily* family = ChunkFamilyOf(bytes, 0);
  if (family == nullptr) return tags;
  const bool is_caf = family->magic == "caff";
  const bool is_iff = family->magic == "FORM";
  if (!is_caf && !is_iff && !family->is_long()) return tags;
  if (family->is_long()) tags.wav = TagLib::ByteVector("RIFF\0\0\0\0WAVE", 12);
  const std::vector<std::string_view> ids =
      is_caf   ? std::vector<std::string_view>{"info"}
      : is_iff ? std::vector<std::string_view>{"NAME", "AUTH", "ANNO", "(c) "}
               : std::vector<std::string_view>{"LIST", "id3 ", "ID3 "};
  for (const Chunk& chunk : FindChunks(bytes, *family, 0, ids)) {
    const uint64_t size = chunk.end - chunk.payload;
    if (size > kMostBytes) continue;
    TagLib::ByteVector text(static_cast<unsigned>(size), '\0');
    bytes.Peek(chunk.payload, {reinterpret_cast<uint8_t*>(text.data()), text.size()});
    if (is_caf) {
      AddCafInfo({text.data(), text.size()}, &tags.texts);
    } else if (is_iff) {
      tags.texts.insert(FromUtf8(Translated(kIffChunks, chunk.id)), Utf8OrLatin1(text));
    } else {
      tags.wav.append(TagLib::ByteVector(chunk.id.data(), 4));
      tags.wav.append(TagLib::ByteVector::fromUInt(text.size(), false));
      tags.wav.append(text);
      if (size % 2 == 1) tags.wav.append('\0');
    }
  }
  if (tags.wav.isEmpty()) return tags;
  const TagLib::ByteVector size = TagLib::ByteVector::fromUInt(tags.wav.size() - 8, false);
  std::copy(size.begin(), size.end(), tags.wav.begin() + 4);
  return tags;
}

}  // namespace motet::cli
