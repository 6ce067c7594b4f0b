// Audio files as planar float samples at the rate that is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "motet/status.h"

namespace motet::cli {

// Reads whatever libsndfile reads, block by block, and resamples with libsoxr where the rate
// differs. n samples at rate r become exactly round(n * sample_rate / r), halves up. Non-finite
// samples become 0. Memory does not depend on the length.
class AudioReader {
 public:
  // "-" is standard input. From a pipe WAV, AIFF and AU are read as they come; of FLAC and others
  // in which libsndfile must seek, everything is first put into a temporary file, in the folder
  // that TMPDIR names. 1 or 2 channels, 1000 to 768000 Hz.
  static Result<std::unique_ptr<AudioReader>> Open(const std::string& path, int sample_rate);
  ~AudioReader();

  // Up to `capacity` samples per channel to pcm[channel][0...]; 0 at the end. kTruncated if the
  // file has less than it says, except for MPEG audio, whose length is often an estimate.
  Result<size_t> Read(float* const* pcm, size_t capacity);

  int channels() const;
  int source_rate() const;
  // Samples per channel that Read will give in all, as the file says; 0 if it does not say. For
  // MPEG audio perhaps an estimate.
  uint64_t expected_samples() const;

 private:
  struct State;
  explicit AudioReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motet::cli
