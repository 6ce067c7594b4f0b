#include "data/tests/test_support.h"

#include <sndfile.h>
#include <zip.h>

#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace motet::data::testing {

namespace fs = std::filesystem;

std::vector<std::int16_t> Noise(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::int16_t> samples(count);
  for (std::int16_t& sample : samples) {
    sample = static_cast<std::int16_t>(static_cast<int>(random() % 9001) - 4500);
  }
  return samples;
}

void WriteAudio(const fs::path& path, const std::vector<std::int16_t>& samples, int channels,
                int sample_rate) {
  fs::create_directories(path.parent_path());
  SF_INFO info{};
  info.samplerate = sample_rate;
  info.channels = channels;
  info.format = (path.extension() == ".flac" ? SF_FORMAT_FLAC : SF_FORMAT_WAV) | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) throw std::runtime_error(path.string() + ": cannot write");
  sf_write_short(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
}

void WriteText(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadText(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void WriteZip(const fs::path& path, const std::string& name, const fs::path& file) {
  fs::create_directories(path.parent_path());
  int error = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  if (archive == nullptr) throw std::runtime_error(path.string() + ": cannot write");
  zip_source_t* source = zip_source_file(archive, file.c_str(), 0, 0);
  if (zip_file_add(archive, name.c_str(), source, 0) < 0 || zip_close(archive) != 0) {
    throw std::runtime_error(path.string() + ": cannot write");
  }
}

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace motet::data::testing
