// Audio files as planar float samples at the rate that is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audio/audio_source.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

// Reads whatever libsndfile reads, block by block, and resamples with libsoxr where the rate
// differs. n samples at rate r become exactly round(n * sample_rate / r), halves up. Non-finite
// samples become 0. Memory does not depend on the length.
class AudioReader {
 public:
  // From a pipe WAV, AIFF and AU are read as they come; of FLAC and others in which libsndfile must
  // seek, everything is first put into a temporary file, in the folder that TMPDIR names. 1 or 2
  // channels, or more with `downmix`; 1000 to 768000 Hz. Files one after another in one are read
  // one after another (FLAC, Ogg). kTruncated if less is there than the file says.
  static Result<std::unique_ptr<AudioReader>> Open(const AudioSource& source, int sample_rate);
  static Result<std::unique_ptr<AudioReader>> Open(const std::string& path, int sample_rate);
  ~AudioReader();

  // Up to `capacity` samples per channel to pcm[channel][0...]; 0 at the end. kTruncated if the
  // file has less than it says.
  Result<size_t> Read(float* const* pcm, size_t capacity);

  int channels() const;
  int source_rate() const;
  // Samples per channel that Read will give in all, as the file says; 0 if it does not say.
  uint64_t expected_samples() const;

  const std::vector<StreamTag>& tags() const;

  // Sentences on what a person should know about the file, after the last Read: that it does not
  // say how long it is, that parts of it were left out, that samples were no numbers.
  std::vector<std::string> notes() const;

 private:
  struct State;
  explicit AudioReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motet::cli
