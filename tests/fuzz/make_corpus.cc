// Writes the models that fuzzing the model loader starts from into a folder: as small as the format
// allows, in every storage, with and without an entropy model.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "random_model.h"

namespace {

namespace fs = std::filesystem;
using motet::testing::Storage;

constexpr const char* kTinyConfig = R"({
  "name": "tiny", "sample_rate": 44100, "channels": 2, "packet": 64,
  "analysis":  {"type": "stft", "window": 32, "hop": 16, "power": 0.4, "epsilon": 1e-8},
  "encoder": {
    "coarse": {"width": 2, "lookahead": [0]},
    "mid":    {"width": 2, "lookahead": [0]},
    "fine":   {"width": 2, "lookahead": [1]},
    "features": {"width": 1, "kernel": 3, "dilation": 2},
    "latent": {"hidden": 2}
  },
  "quantizer": {"latent": 2, "dim": 1, "entries": 256, "per_level": 2, "context": 1},
  "decoder": {
    "coarse": {"width": 2, "lookahead": [1]},
    "mid":    {"width": 2, "lookahead": [0]},
    "fine":   {"width": 2, "lookahead": [1]}
  },
  "block": {"kernel": 3, "expansion": 1},
  "conditioning": {"hidden": 2, "chroma": 12, "onset": 1, "timbre": 4},
  "synthesis": {"type": "istft", "window": 32, "hop": 16, "max_log_magnitude": 2.0},
  "default_quality": 3
})";

constexpr const char* kLadder =
    R"(["coarse.0, coarse.1", "mid.0", "fine.0 even", "fine.0 odd, fine.1", "mid.1"])";

bool Save(const fs::path& path, const std::vector<uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus FOLDER\n");
    return 2;
  }
  const fs::path folder = argv[1];
  fs::create_directories(folder);
  using motet::testing::RandomModel;
  const std::string with_ladder = motet::testing::WithLadder(kTinyConfig, kLadder);
  const bool ok = Save(folder / "f32", RandomModel(kTinyConfig, 1, Storage::kF32)) &&
                  Save(folder / "f16", RandomModel(kTinyConfig, 1, Storage::kF16)) &&
                  Save(folder / "int8", RandomModel(kTinyConfig, 1, Storage::kInt8)) &&
                  Save(folder / "ladder", RandomModel(with_ladder, 1, Storage::kInt8));
  if (!ok) std::fprintf(stderr, "make_corpus: a seed could not be written\n");
  return ok ? 0 : 1;
}
