// Planar float samples into a WAV or FLAC file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "files/output_file.h"
#include "motet/status.h"

namespace motet::cli {

enum class SampleFormat { kPcm16, kPcm24, kFloat };
enum class Container { kWav, kFlac };

// By suffix, in any case: .wav, .wave or .flac; "-" is WAV. Nothing for any other name.
std::optional<Container> ContainerOf(const std::string& path);

struct AudioFormat {
  Container container = Container::kWav;
  SampleFormat samples = SampleFormat::kPcm16;
  int sample_rate = 44100;
  int channels = 2;
};

// Integer formats are rounded to the nearest value and limited to full scale, without dither, so
// that the same samples give the same file.
class AudioWriter {
 public:
  // `length`: samples per channel if known beforehand; a seekable file may have fewer. To a pipe a
  // WAV header of unknown length holds 0xFFFFFFFF, as is usual. A file of more than 4 GiB becomes
  // RF64.
  static Result<std::unique_ptr<AudioWriter>> Create(std::unique_ptr<OutputFile> file,
                                                     const AudioFormat& format,
                                                     std::optional<uint64_t> length);
  virtual ~AudioWriter() = default;

  virtual Status Write(const float* const* pcm, size_t samples) = 0;

  // Completes the file and puts it in its place. Returns its size in bytes.
  virtual Result<uint64_t> Finish() = 0;
};

}  // namespace motet::cli
