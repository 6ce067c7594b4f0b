// The models that the program's tests run on: real layout, few weights.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "program.h"
#include "random_model.h"

namespace motet::cli {
namespace {

// Frames and packets of the shipped model, a fraction of its width.
constexpr const char* kConfig = R"({
  "name": "test", "sample_rate": 44100, "channels": 2, "packet": 1024,
  "analysis":  {"type": "stft", "window": 512, "hop": 256, "power": 0.4, "epsilon": 1e-8},
  "encoder": {
    "coarse": {"width": 24, "lookahead": [0]},
    "mid":    {"width": 16, "lookahead": [0]},
    "fine":   {"width": 16, "lookahead": [1, 1]},
    "features": {"width": 5, "kernel": 3, "dilation": 4},
    "latent": {"hidden": 32}
  },
  "quantizer": {"latent": 12, "dim": 8, "entries": 256, "per_level": 4, "context": 2},
  "decoder": {
    "coarse": {"width": 32, "lookahead": [1]},
    "mid":    {"width": 24, "lookahead": [0]},
    "fine":   {"width": 16, "lookahead": [1, 1]}
  },
  "block": {"kernel": 7, "expansion": 2},
  "conditioning": {"hidden": 9, "chroma": 12, "onset": 1, "timbre": 4},
  "synthesis": {"type": "istft", "window": 512, "hop": 256, "max_log_magnitude": 2.0},
  "default_quality": 6
})";

// As that of the shipped model.
constexpr testing::Storage kStorage = testing::Storage::kInt8;

// Written once for each process, and removed at its end.
class ModelFile {
 public:
  explicit ModelFile(const std::vector<uint8_t>& bytes, const char* name)
      : path_((std::filesystem::temp_directory_path() /
               (std::string("motet-test-") + std::to_string(getpid()) + name))
                  .string()) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  ~ModelFile() { unlink(path_.c_str()); }
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string WithTonesAndBands(std::string config) {
  const std::string both =
      R"("tones": {"first": 5, "lines": 250, "count": 8, "step_db": 3, "from_quality": 6},
         "bands": {"edges": [1, 2, 5, 10, 20, 40, 80, 160, 256], "step_db": 3,
                   "from_quality": 6}, )";
  return config.insert(config.find("\"default_quality\""), both);
}

std::vector<uint8_t> WithOtherIdentity(std::vector<uint8_t> file) {
  const std::string text(file.begin(), file.end());
  const size_t key = text.find("\"identity\"");
  const size_t digits = text.find('"', text.find(':', key)) + 1;
  for (size_t i = 0; i < 16; ++i) file[digits + i] = 'f';
  testing::RepairHeader(&file);
  return file;
}

}  // namespace

const std::string& TestModelPath() {
  static const ModelFile file(testing::RandomModel(kConfig, 1, kStorage), "-a.motetmodel");
  return file.path();
}

const std::string& OtherModelPath() {
  static const ModelFile file(WithOtherIdentity(testing::RandomModel(kConfig, 1, kStorage)),
                              "-b.motetmodel");
  return file.path();
}

const std::string& EntropyModelPath() {
  static const ModelFile file(testing::RandomEntropyModel(kConfig, 1, kStorage), "-c.motetmodel");
  return file.path();
}

const std::string& TonesModelPath() {
  static const ModelFile file(testing::RandomEntropyModel(WithTonesAndBands(kConfig), 1, kStorage),
                              "-d.motetmodel");
  return file.path();
}

}  // namespace motet::cli
