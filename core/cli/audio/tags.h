// Tags of audio files, read and written with TagLib, as the tags of a stream: keys are the names of
// Vorbis comments in small letters (title, artist, album, tracknumber, date, genre, comment,
// replaygain_track_gain …), a picture is the value of `metadata_block_picture` (RFC 9639, 8.8, in
// base64), as in Ogg.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audio/sound_bytes.h"
#include "files/output_file.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

struct FoundTags {
  std::vector<StreamTag> tags;
  std::vector<std::string> notes;  // what was left out and why, as ends of sentences
};

// FLAC, Ogg (Vorbis, Opus, FLAC, Speex), MPEG audio (ID3), WAV (INFO, ID3), AIFF, MP4, WavPack and
// what else TagLib knows; of a pipe what stands before the samples. Pictures of more than
// `most_picture_bytes` are left out, and what tells of the file and not of the music: the encoder,
// its settings, the length.
FoundTags ReadTags(SoundBytes& bytes, uint64_t most_picture_bytes);

// The strings that libsndfile found, for containers that TagLib does not know.
std::vector<StreamTag> TagsOfSound(SNDFILE* sound);

// `tags`, where those in `asked` take the place of all that have the same key.
std::vector<StreamTag> Override(std::vector<StreamTag> tags, const std::vector<StreamTag>& asked);

// Chunks for a WAV file: INFO, and ID3 for what INFO has no field for. Empty without tags.
std::vector<uint8_t> WavTagChunks(const std::vector<StreamTag>& tags);

// Puts the tags into a complete FLAC file that is not yet in its place.
Status WriteFlacTags(OutputFile& file, const std::vector<StreamTag>& tags);

struct PictureFacts {
  std::string mime_type;
  std::string kind;  // "front cover"
  uint64_t bytes = 0;
};
// None if the tag holds no picture.
std::optional<PictureFacts> PictureOf(const StreamTag& tag);

}  // namespace motet::cli
