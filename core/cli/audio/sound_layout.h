// How a sound file is laid out, and whether all of it is there. Of a file that was cut off,
// libsndfile reads what there is; of one whose header was never completed, as much as that header
// says; and it reports neither. So the headers are read here beforehand.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audio/sound_bytes.h"
#include "motet/status.h"

namespace motet::cli {

struct SoundLayout {
  struct Link {
    uint64_t begin = 0;
    uint64_t end = SoundBytes::kNoEnd;
  };

  std::string container;           // "WAV"; empty: none that is known here
  bool has_chunks = false;         // it is made of them
  bool must_seek = false;          // cannot be read as it comes
  bool says_length = true;         // somewhere in the file
  std::string cut;                 // what is missing, as the end of a sentence; empty: nothing
  uint64_t most_frames = 0;        // per channel that MPEG audio holds; 0: not counted
  std::vector<Link> links;         // one after another; each is a whole file for libsndfile
  std::vector<std::string> notes;  // what else a person should know, as ends of sentences
};

// Looks at the beginning of a pipe, or at all of a file, and makes `bytes` show libsndfile the
// right sizes. A layout with must_seek is that of a pipe that has to be put into a file first:
// nothing else in it is filled in. kInvalidArgument or kCorrupt for what is known to be readable in
// part alone.
Result<SoundLayout> Examine(SoundBytes& bytes);

// What follows the samples of a pipe, which this reads on.
struct SoundRest {
  bool is_there = false;
  bool is_unknown = false;  // and no chunk of the container
  bool has_tags = false;    // in one of its chunks
};
SoundRest ReadRest(SoundBytes& bytes, const SoundLayout& layout);

// The parts of it, by container; `begin`: where the magic is.
Status ExamineChunks(SoundBytes& bytes, uint64_t begin, SoundLayout* layout);
Status ExamineFixedHeader(SoundBytes& bytes, uint64_t begin, SoundLayout* layout);
Status ExamineOgg(SoundBytes& bytes, uint64_t begin, SoundLayout* layout);
Status ExamineMpeg(SoundBytes& bytes, uint64_t begin, SoundLayout* layout);
bool IsMpegFrame(std::span<const uint8_t> head);

// `said` bytes of samples begin at `at`, as the header says. Notes what is missing, and of a pipe
// where they end.
void SetSaid(SoundBytes& bytes, uint64_t begin, uint64_t at, uint64_t said, SoundLayout* layout);
void NoteLeftOver(uint64_t count, SoundLayout* layout);

uint64_t NumberAt(std::span<const uint8_t> bytes, size_t at, size_t count, bool big_endian);
std::vector<uint8_t> NumberBytes(uint64_t value, size_t count, bool big_endian);

}  // namespace motet::cli
