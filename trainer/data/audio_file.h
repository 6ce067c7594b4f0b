// Audio files: read through libsndfile, from disk or memory; written as FLAC.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace motet::data {

// An audio file opened for reading, on disk or in memory: whatever libsndfile reads (WAV, FLAC,
// Ogg Vorbis, Opus, MP3, ...). Not thread-safe; several readers may work at the same time.
class AudioReader {
 public:
  // Throws std::runtime_error with the file's name and libsndfile's reason if it is not audio.
  static AudioReader OpenFile(const std::filesystem::path& path);

  // Takes the bytes of a whole file; `name` is used in error messages only.
  static AudioReader OpenMemory(std::vector<unsigned char> bytes, const std::string& name);

  AudioReader(AudioReader&&) noexcept;
  AudioReader& operator=(AudioReader&&) noexcept;
  ~AudioReader();

  int sample_rate() const;
  int channels() const;

  // The length that the file's header declares; a damaged file may hold less.
  std::int64_t frames() const;

  // Reads the rest: interleaved samples (frames x channels), full scale 1.0. Lossy sources may
  // exceed full scale.
  std::vector<float> ReadAll();

 private:
  struct State;
  explicit AudioReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Writes interleaved 16-bit samples (frames x channels) as a FLAC file, beside and then renamed.
// Throws std::runtime_error if the file cannot be written.
void WriteFlac(const std::filesystem::path& path, const std::vector<std::int16_t>& samples,
               int channels, int sample_rate);

// Writes interleaved stereo samples as Ogg Opus of about `bit_rate` bit/s, beside and then renamed.
// Their rate is converted to 48 kHz, which a reader will find. Throws std::runtime_error if the
// file cannot be written.
void WriteOpus(const std::filesystem::path& path, const std::vector<std::int16_t>& samples,
               int sample_rate, int bit_rate);

}  // namespace motet::data
