// Clips of attacks in silence, to evaluate a model on.
#pragma once

#include <filesystem>
#include <vector>

namespace motet::data {

struct AttackOptions {
  int clips = 12;
  // Length of each in seconds.
  double seconds = 4.0;
  // Folder to make for them.
  std::filesystem::path out;
};

// Writes clips of nothing but attacks (data/transients.h) in silence, three to twelve in each, as
// 16-bit FLAC files, attacks-NN.flac: the same ones on every machine, and none that training ever
// draws. Returns their paths. Throws std::runtime_error if the folder is there already and is not
// an empty one.
std::vector<std::filesystem::path> ExportAttacks(const AttackOptions& options);

}  // namespace motet::data
