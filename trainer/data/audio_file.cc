#include "data/audio_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "data/resample.h"

namespace motet::data {
namespace {

// A file image in memory, read through libsndfile's virtual I/O.
struct MemoryFile {
  std::vector<unsigned char> bytes;
  sf_count_t position = 0;
};

sf_count_t MemoryLength(void* user) {
  return static_cast<sf_count_t>(static_cast<MemoryFile*>(user)->bytes.size());
}

sf_count_t MemorySeek(sf_count_t offset, int whence, void* user) {
  auto& file = *static_cast<MemoryFile*>(user);
  const sf_count_t length = MemoryLength(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file.position : length;
  file.position = std::clamp<sf_count_t>(base + offset, 0, length);
  return file.position;
}

sf_count_t MemoryRead(void* out, sf_count_t count, void* user) {
  auto& file = *static_cast<MemoryFile*>(user);
  const sf_count_t available = std::min(count, MemoryLength(user) - file.position);
  if (available <= 0) return 0;
  std::memcpy(out, file.bytes.data() + file.position, static_cast<std::size_t>(available));
  file.position += available;
  return available;
}

sf_count_t MemoryTell(void* user) { return static_cast<MemoryFile*>(user)->position; }

[[noreturn]] void ThrowCannotRead(const std::string& name) {
  std::string reason = sf_strerror(nullptr);
  // What libsndfile says of a file that is called .mp3 and is none.
  std::error_code error;
  if (reason.find("does not exist") != std::string::npos && std::filesystem::exists(name, error))
    reason = "not a kind of audio that libsndfile knows.";
  throw std::runtime_error(name + ": cannot read audio: " + reason);
}

}  // namespace

struct AudioReader::State {
  ~State() {
    if (file != nullptr) sf_close(file);
  }
  SF_INFO info{};
  SNDFILE* file = nullptr;
  MemoryFile memory;
};

AudioReader::AudioReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;
AudioReader::~AudioReader() = default;

AudioReader AudioReader::OpenFile(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->file = sf_open(path.c_str(), SFM_READ, &state->info);
  if (state->file == nullptr) ThrowCannotRead(path.string());
  return AudioReader(std::move(state));
}

AudioReader AudioReader::OpenMemory(std::vector<unsigned char> bytes, const std::string& name) {
  auto state = std::make_unique<State>();
  state->memory.bytes = std::move(bytes);
  SF_VIRTUAL_IO io{MemoryLength, MemorySeek, MemoryRead, nullptr, MemoryTell};
  state->file = sf_open_virtual(&io, SFM_READ, &state->info, &state->memory);
  if (state->file == nullptr) ThrowCannotRead(name);
  return AudioReader(std::move(state));
}

int AudioReader::sample_rate() const { return state_->info.samplerate; }
int AudioReader::channels() const { return state_->info.channels; }
std::int64_t AudioReader::frames() const { return state_->info.frames; }

std::vector<float> AudioReader::ReadAll() {
  // The declared length is a hint: it may be absent or, in a damaged file, absurd.
  constexpr std::int64_t kBlockFrames = 1 << 16;
  const auto channels = static_cast<std::size_t>(state_->info.channels);
  std::vector<float> samples;
  samples.reserve(static_cast<std::size_t>(std::clamp<std::int64_t>(frames(), 0, 1 << 26)) *
                  channels);
  for (;;) {
    const std::size_t filled = samples.size();
    samples.resize(filled + kBlockFrames * channels);
    const sf_count_t got = sf_readf_float(state_->file, samples.data() + filled, kBlockFrames);
    samples.resize(filled + static_cast<std::size_t>(std::max<sf_count_t>(got, 0)) * channels);
    if (got <= 0) return samples;
  }
}

namespace {

// The file that `path` names, also through links. Renaming would do away with a device.
std::filesystem::path PlaceOf(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path place = std::filesystem::weakly_canonical(path, error);
  if (error) return path;
  if (std::filesystem::exists(place) && !std::filesystem::is_regular_file(place))
    throw std::runtime_error(path.string() + ": is no regular file, and is not replaced");
  return place;
}

// Writes beside the file and renames. `prepare` sets what the format wants to be told first.
template <typename Sample, typename Prepare, typename Write>
void WriteAudio(const std::filesystem::path& path, const std::vector<Sample>& samples, SF_INFO info,
                const Prepare& prepare, const Write& write) {
  const std::filesystem::path place = PlaceOf(path);
  std::filesystem::path partial = place;
  partial += ".partial";
  SNDFILE* file = sf_open(partial.c_str(), SFM_WRITE, &info);
  if (file == nullptr) {
    throw std::runtime_error(path.string() + ": cannot write: " + sf_strerror(nullptr));
  }
  prepare(file);
  const auto frames = static_cast<sf_count_t>(samples.size()) / info.channels;
  const bool written = write(file, samples.data(), frames) == frames;
  const bool closed = sf_close(file) == 0;
  std::error_code error;
  if (written && closed) std::filesystem::rename(partial, place, error);
  if (!written || !closed || error) {
    std::filesystem::remove(partial, error);
    throw std::runtime_error(path.string() + ": cannot write all of the audio");
  }
}

}  // namespace

void WriteFlac(const std::filesystem::path& path, const std::vector<std::int16_t>& samples,
               int channels, int sample_rate) {
  SF_INFO info{};
  info.samplerate = sample_rate;
  info.channels = channels;
  info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  WriteAudio(
      path, samples, info, [](SNDFILE*) {}, sf_writef_short);
}

void WriteOpus(const std::filesystem::path& path, const std::vector<std::int16_t>& samples,
               int sample_rate, int bit_rate) {
  constexpr int kStereo = 2, kOpusRate = 48000;
  std::vector<float> audio(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i)
    audio[i] = static_cast<float>(samples[i]) / 32768.0F;
  audio = Resample(std::move(audio), kStereo, sample_rate, kOpusRate);
  SF_INFO info{};
  info.samplerate = kOpusRate;
  info.channels = kStereo;
  info.format = SF_FORMAT_OGG | SF_FORMAT_OPUS;
  const auto set_rate = [bit_rate](SNDFILE* file) {
    // libsndfile's levels: 0 is 256 kbit/s for each channel, 1 is 6.
    double level = 1 - (static_cast<double>(bit_rate) / kStereo - 6000) / 250000;
    sf_command(file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof(level));
  };
  WriteAudio(path, audio, info, set_rate, sf_writef_float);
}

}  // namespace motet::data
