#include "logging/sound.h"

#include <sndfile.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace motet::logging {
namespace {

// A file in memory, as libsndfile wants it.
struct Memory {
  std::string bytes;
  sf_count_t at = 0;
};

SF_VIRTUAL_IO MemoryIo() {
  SF_VIRTUAL_IO io{};
  io.get_filelen = [](void* user) {
    return static_cast<sf_count_t>(static_cast<Memory*>(user)->bytes.size());
  };
  io.seek = [](sf_count_t offset, int whence, void* user) {
    auto& memory = *static_cast<Memory*>(user);
    const auto size = static_cast<sf_count_t>(memory.bytes.size());
    const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory.at : size;
    return memory.at = from + offset;
  };
  io.read = [](void* to, sf_count_t count, void* user) {
    auto& memory = *static_cast<Memory*>(user);
    const auto size = static_cast<sf_count_t>(memory.bytes.size());
    const sf_count_t given = std::clamp<sf_count_t>(size - memory.at, 0, count);
    std::memcpy(to, memory.bytes.data() + memory.at, static_cast<std::size_t>(given));
    memory.at += given;
    return given;
  };
  io.write = [](const void* from, sf_count_t count, void* user) {
    auto& memory = *static_cast<Memory*>(user);
    const auto end = static_cast<std::size_t>(memory.at + count);
    if (memory.bytes.size() < end) memory.bytes.resize(end);
    std::memcpy(memory.bytes.data() + memory.at, from, static_cast<std::size_t>(count));
    memory.at += count;
    return count;
  };
  io.tell = [](void* user) { return static_cast<Memory*>(user)->at; };
  return io;
}

}  // namespace

std::string EncodeWav(const Sound& sound) {
  const std::size_t channels = sound.channels.size(), frames = sound.frames();
  std::vector<float> interleaved(frames * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < frames; ++i)
      interleaved[i * channels + c] = sound.channels[c].at(i);
  }
  SF_INFO info{};
  info.samplerate = sound.sample_rate;
  info.channels = static_cast<int>(channels);
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  Memory memory;
  SF_VIRTUAL_IO io = MemoryIo();
  SNDFILE* file = sf_open_virtual(&io, SFM_WRITE, &info, &memory);
  if (file == nullptr)
    throw std::runtime_error(std::string("cannot write WAV: ") + sf_strerror(nullptr));
  sf_command(file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  const auto count = static_cast<sf_count_t>(frames);
  const bool complete = sf_writef_float(file, interleaved.data(), count) == count;
  const std::string reason = sf_strerror(file);
  sf_close(file);
  if (!complete) throw std::runtime_error("cannot write WAV: " + reason);
  return memory.bytes;
}

std::vector<float> Downmix(const Sound& sound) {
  std::vector<float> mean(sound.frames());
  for (const auto& channel : sound.channels) {
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += channel.at(i) / static_cast<float>(sound.channels.size());
  }
  return mean;
}

}  // namespace motet::logging
