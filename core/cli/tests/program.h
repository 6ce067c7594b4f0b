// Runs the `motet` program as a person would, in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace motet::cli {

struct Outcome {
  int exit_code = -1;  // -1: killed by a signal
  std::string out;     // standard output
  std::string err;     // standard error
  int64_t peak_kib = 0;
};

struct RunOptions {
  std::string standard_input = "/dev/null";  // file that becomes standard input
  bool pipe_input = false;                   // through a pipe
  bool socket_input = false;                 // through a socket
  std::string temporary_folder = {};         // in TMPDIR, unless empty
  bool use_model = true;                     // in MOTET_MODEL
  uint64_t file_limit = 0;                   // bytes that a written file may have; 0: any number
  std::map<std::string, std::string> environment = {};  // besides
};

// A fixture with a temporary folder, and a small random model in the environment.
class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  bool Exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  // Names of everything in the folder, sorted.
  std::vector<std::string> Files() const;

  Outcome Run(const std::vector<std::string>& arguments, const RunOptions& options = {}) const;
  // The program fails with code 1 and one sentence on standard error that contains `words`, prints
  // nothing else and leaves no file behind.
  void ExpectFailure(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& words, const RunOptions& options = {}) const;

  // A piece that is not silent, 16 bit unless the name says otherwise (.rf64, .flac, .aiff, .ogg
  // and .mp3 work too).
  void WriteAudio(const std::string& name, size_t samples, int channels = 2,
                  int rate = 44100) const;
  void WriteBytes(const std::string& name, const std::vector<uint8_t>& bytes) const;
  std::vector<uint8_t> ReadBytes(const std::string& name) const;

  std::filesystem::path folder_;
};

struct AudioFacts {
  int64_t samples = -1;
  int channels = 0;
  int rate = 0;
  int format = 0;  // as in libsndfile
  double peak = 0;
};
AudioFacts ReadAudioFacts(const std::string& path);

// Path of a small model with random weights, written once.
const std::string& TestModelPath();
// Another one, with another identity.
const std::string& OtherModelPath();
// The first one with an entropy model.
const std::string& EntropyModelPath();
// One with tones, levels of bands and an entropy model.
const std::string& TonesModelPath();

bool UnderSanitizer();

}  // namespace motet::cli
