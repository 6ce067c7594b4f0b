// Planar float samples into a WAV or FLAC file, or without a header.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/sample_rounder.h"
#include "files/output_file.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

enum class SampleFormat { kPcm16, kPcm24, kFloat };
enum class Container { kWav, kFlac, kRaw };

// By suffix, in any case: .wav, .wave or .flac; "-" is WAV. Nothing for any other name.
std::optional<Container> ContainerOf(const std::string& path);

struct AudioFormat {
  Container container = Container::kWav;
  SampleFormat samples = SampleFormat::kPcm16;
  int sample_rate = 44100;
  int channels = 2;
  bool big_endian = false;  // of kRaw
  bool dither = true;       // of 16 bits; others have none
  float gain = 1;           // a factor
  std::vector<StreamTag> tags;
};

// The loudest sample that is not limited, after the gain; infinity for floats.
double MostThatIsNotLimited(const AudioFormat& format);

// The same samples give the same file. Float samples are neither dithered nor limited.
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

  const SampleRounder& rounder() const { return rounder_; }

 protected:
  explicit AudioWriter(const AudioFormat& format);
  SampleRounder rounder_;
};

}  // namespace motet::cli
