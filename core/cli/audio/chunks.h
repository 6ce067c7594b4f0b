// Containers made of chunks, each with a name and a size: WAV, RF64, BW64, AIFF, W64, CAF, 8SVX.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audio/sound_bytes.h"

namespace motet::cli {

struct ChunkFamily {
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

  bool is_long() const { return magic == "RF64" || magic == "BW64"; }
  uint64_t Aligned(uint64_t at) const { return (at + alignment - 1) / alignment * alignment; }
};

// The one whose magic stands at `begin`; null: none.
const ChunkFamily* ChunkFamilyOf(SoundBytes& bytes, uint64_t begin);

struct Chunk {
  std::string id;
  uint64_t size_at = 0;
  uint64_t size = 0;     // as it is written
  uint64_t payload = 0;  // where it begins
  uint64_t end = 0;      // of the payload
  uint64_t next = 0;
};

// Nothing where the input ends, or where a pipe would have to keep too much.
std::optional<Chunk> ReadChunk(SoundBytes& bytes, const ChunkFamily& family, uint64_t at);

// The second of the numbers in a chunk 'ds64': bytes of samples.
std::optional<uint64_t> LongSize(SoundBytes& bytes, const Chunk& chunk);

// Those of these names in a file that begins at `begin`; of a pipe what stands before its samples.
// No more than a hundred.
std::vector<Chunk> FindChunks(SoundBytes& bytes, const ChunkFamily& family, uint64_t begin,
                              std::span<const std::string_view> ids);

// Whether another chunk may begin with these four bytes, and not another file.
bool IsChunkName(std::string_view name);
// Whether that is one, and lies in the file.
bool IsPlausible(const Chunk& chunk, uint64_t end_of_file);

}  // namespace motet::cli
