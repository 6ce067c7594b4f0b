// Where audio comes from, and how it is to be read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audio/raw_format.h"

namespace motet::cli {

struct AudioSource {
  std::string path;              // "-" is standard input
  std::optional<RawFormat> raw;  // samples without a header
  bool partial = false;          // what is there of a file that is cut off, instead of an error
  bool downmix = false;          // more than two channels to stereo (audio/downmix.h)
  bool ffmpeg = false;           // what libsndfile cannot read through the program ffmpeg
  std::optional<uint64_t> tags;  // read them, with pictures of at most so many bytes
  bool hints = false;            // errors name the options above
};

}  // namespace motet::cli
