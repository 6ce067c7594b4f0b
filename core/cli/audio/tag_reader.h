// The tags of audio files as those of a stream, by TagLib and where TagLib does not know the
// container from its chunks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audio/sound_bytes.h"
#include "motet/stream.h"

namespace motet::cli {

struct FoundTags {
  std::vector<StreamTag> tags;
  std::vector<std::string> notes;  // what was left out and why, as ends of sentences
};

// FLAC, Ogg (Vorbis, Opus, FLAC, Speex), MPEG audio (ID3), WAV, RF64 and BW64 (INFO, ID3), AIFF,
// CAF, MP4, WavPack and what else TagLib knows; of a pipe what stands before the samples. Pictures
// of more than `most_picture_bytes` are left out, and what tells of the file and not of the music:
// the encoder, its settings, the length.
FoundTags ReadTags(SoundBytes& bytes, uint64_t most_picture_bytes);

}  // namespace motet::cli
