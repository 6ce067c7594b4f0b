// Sounds for the log.
#pragma once

#include <string>
#include <vector>

namespace motet::logging {

struct Sound {
  int sample_rate = 0;                       // Hz
  std::vector<std::vector<float>> channels;  // equally long, full scale 1

  std::size_t frames() const { return channels.empty() ? 0 : channels.front().size(); }
};

// The bytes of a 16-bit WAV file; what exceeds full scale is clipped. Throws std::runtime_error
// with libsndfile's reason.
std::string EncodeWav(const Sound& sound);

// The mean of all channels.
std::vector<float> Downmix(const Sound& sound);

}  // namespace motet::logging
