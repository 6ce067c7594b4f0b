// What tests on the shipped excerpts share: reading them, and values out of results.
#pragma once

#include <motet/status.h>
#include <sndfile.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace motet::testing {

using Stereo = std::array<std::vector<float>, 2>;

// The value of a result that a test cannot go on without; throws its message if there is none.
template <typename T>
T Take(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().message());
  return std::move(result).value();
}

// A whole stereo file; throws std::runtime_error that names it if it is anything else.
inline Stereo ReadStereo(const std::string& path) {
  SF_INFO info = {};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr || info.channels != 2) throw std::runtime_error(path + ": not stereo audio");
  std::vector<float> frames(static_cast<size_t>(info.frames) * 2);
  const sf_count_t read = sf_readf_float(file, frames.data(), info.frames);
  sf_close(file);
  if (read != info.frames) throw std::runtime_error(path + ": ends early");
  Stereo audio;
  for (size_t n = 0; n < frames.size(); ++n) audio[n % 2].push_back(frames[n]);
  return audio;
}

}  // namespace motet::testing
