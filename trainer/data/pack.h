// Music that is carried to a machine without a network: excerpts of a dataset as Ogg Opus.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace motet::data {

struct PackOptions {
  // The folder to make, of a folder for each pack.
  std::filesystem::path out;
  // Of music for training, in all packs together.
  double hours = 1;
  // No pack is larger, in 2^20 bytes.
  double pack_mib = 58;
  // Files encoded at the same time. The result does not depend on it.
  int jobs = 2;
  // Called after each file with (files done, files in all, name of the file).
  std::function<void(int, int, const std::string&)> on_progress;
};

struct Pack {
  std::filesystem::path path;
  std::size_t pieces = 0;
  double seconds = 0;
  std::int64_t bytes = 0;
};

// Writes pack-00, pack-01 … with an excerpt of every track of the split `train` that training would
// draw from: of those with a weight, and a bandwidth of 15 kHz, as long as its share of the draws
// (TRAINING.md, "Data"), each pack from a later part of the track; stems of a song stay together.
// Then `validation`, 7 seconds from the middle of each track of that split, as FLAC. A pack holds
// pack.json, the pieces and the texts of their licences, and can be used without the others.
// Throws std::runtime_error if the dataset cannot be read, `out` is there or cannot be written, or
// excerpts of all tracks do not fit into a pack.
std::vector<Pack> PackMusic(const std::filesystem::path& dataset, const PackOptions& options);

struct UnpackOptions {
  std::vector<std::filesystem::path> packs;
  // The dataset folder to make.
  std::filesystem::path out;
  // Replace `out` if it is a dataset already.
  bool force = false;
  int jobs = 2;
  std::function<void(int, int, const std::string&)> on_progress;
};

// Makes a dataset of packs; each piece is a track. Throws std::runtime_error that names the file if
// one is missing, damaged or named twice.
void UnpackMusic(const UnpackOptions& options);

}  // namespace motet::data
