// The sound device of this machine, through SDL 2. That library is loaded when a sound is to be
// played: the other commands do not need it.
#pragma once

#include <memory>

#include "motet/status.h"

namespace motet::cli {

class SoundOutput {
 public:
  // kNotFound without SDL 2; kIo where no device takes the sound.
  static Result<std::unique_ptr<SoundOutput>> Open(int sample_rate, int channels);
  ~SoundOutput();  // silences what has not sounded

  // Takes pcm[channel][frame]; waits while half a second or more is still to be played.
  Status Play(const float* const* pcm, size_t frames);
  // Waits until all has sounded.
  void Drain();

 private:
  struct State;
  explicit SoundOutput(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motet::cli
