// The tags of a stream into audio files, by TagLib.
#pragma once

#include <cstdint>
#include <vector>

#include "files/output_file.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

// Chunks for a WAV file: INFO, and ID3 for what INFO has no field for. Empty without tags.
std::vector<uint8_t> WavTagChunks(const std::vector<StreamTag>& tags);

// Puts the tags into a complete FLAC file that is not yet in its place.
Status WriteFlacTags(OutputFile& file, const std::vector<StreamTag>& tags);

}  // namespace motet::cli
