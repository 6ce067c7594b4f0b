// Writes the parts of a dataset folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

#include "data/manifest.h"
#include "data/new_folder.h"

namespace motet::data {

// A shard is closed before it would exceed this; no track is cut.
inline constexpr std::int64_t kMaxShardBytes = std::int64_t{1} << 30;
inline constexpr std::int64_t kFrameBytes = kChannels * sizeof(std::int16_t);

// Full scale 1 to 16 bits, 32768 to 1, rounded and clamped.
std::vector<std::int16_t> To16Bit(const std::vector<float>& samples, float scale);
// Root mean square, in dB relative to full scale; -200 for silence.
double RmsDb(const std::vector<std::int16_t>& samples);
// FNV-1a of the bytes.
std::uint64_t ContentHash(const std::vector<std::int16_t>& samples);

// Appends tracks to shard files in a folder; they begin at multiples of 1024 frames. Throws
// std::runtime_error if a file cannot be written.
class ShardWriter {
 public:
  ShardWriter(std::filesystem::path dir, std::int64_t max_bytes);

  // Fills in where the track lies. samples: track.frames x 2.
  void Append(const std::vector<std::int16_t>& samples, Track& track);
  // The shards, in the order of their numbers.
  std::vector<Shard> Finish();

 private:
  void Open();
  void Close();
  void Check() const;

  std::filesystem::path dir_;
  std::int64_t max_frames_;
  std::ofstream file_;
  std::vector<Shard> shards_;
};

// The folder in which a dataset is made. Throws std::runtime_error if `out` is there and is no
// dataset, or is one and not to be replaced.
PendingFolder BeginDataset(const std::filesystem::path& out, bool force);

}  // namespace motet::data
