// Tags in chunks that TagLib does not read.
#pragma once

#include <taglib/tbytevector.h>
#include <taglib/tpropertymap.h>

#include "audio/sound_bytes.h"

namespace motet::cli {

struct ChunkTags {
  TagLib::PropertyMap texts;  // of CAF, and the text chunks of AIFF and 8SVX
  TagLib::ByteVector wav;  // INFO and ID3 of RF64 and BW64, as a WAV file of nothing else; or empty
};
// Of a pipe those before the samples.
ChunkTags ReadChunkTags(SoundBytes& bytes);

}  // namespace motet::cli
