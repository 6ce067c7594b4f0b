// The table of contents of a dataset.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/split.h"

namespace motet::data {

// Every dataset holds audio of this form, as 16-bit little-endian interleaved samples.
inline constexpr int kSampleRate = 44100;
inline constexpr int kChannels = 2;

// Where music comes from, for attribution (the model card) and for sampling.
struct Package {
  std::string name;
  std::string version;
  // A word or two on the music: "orchestral".
  std::string kind;
  std::string licence;
  // Tracks are drawn in proportion to this; 1 is ordinary, 0 is never.
  double weight = 1.0;
  // Files of one folder are stems of one song: as long as each other, and together the song.
  bool stems = false;
};

// One piece of music in a dataset.
struct Track {
  // Unique, and the same on every machine: package/path/inside/the/package.ogg
  std::string name;
  std::string package;
  Split split = Split::kTrain;
  // Index into Manifest::shards.
  int shard = 0;
  // First frame in the shard, and length in frames, at kSampleRate.
  std::int64_t offset = 0;
  std::int64_t frames = 0;
  // What the source file declared, in Hz.
  int source_sample_rate = 0;
  // Measured, in Hz: see BandwidthHz.
  double bandwidth_hz = 0.0;
  // Largest absolute sample of the source after resampling, full scale 1. Where it exceeds 1, the
  // track was scaled to 1 rather than clipped.
  double peak = 0.0;
  // Root mean square of both channels as stored, in dB relative to full scale.
  double rms_db = 0.0;
  // FNV-1a hash of the stored bytes.
  std::uint64_t content_hash = 0;

  double seconds() const { return static_cast<double>(frames) / kSampleRate; }
};

// A file of samples; `frames` is its exact length.
struct Shard {
  std::string file;
  std::int64_t frames = 0;
};

// The table of contents of a dataset folder: manifest.json.
struct Manifest {
  static constexpr int kVersion = 1;
  static constexpr const char* kFileName = "manifest.json";

  std::vector<Package> packages;
  std::vector<Shard> shards;
  std::vector<Track> tracks;
  // What collecting left out: reason -> number of files. For the reader's information.
  nlohmann::ordered_json skipped = nlohmann::ordered_json::object();

  // Reads `dir`/manifest.json and checks it: version, form, names unique, every track inside its
  // shard. Throws std::runtime_error that names the file and the first fault.
  static Manifest Load(const std::filesystem::path& dir);

  // Writes `dir`/manifest.json beside and renames it. Throws std::runtime_error.
  void Save(const std::filesystem::path& dir) const;

  // Throws std::runtime_error if there is no package of that name.
  const Package& PackageNamed(const std::string& name) const;
};

// As manifests and packs say it. The latter two throw nlohmann::json::exception where something is
// missing. MusicFromJson reads what is true of a piece of music wherever it is stored.
nlohmann::ordered_json ToJson(const Package& package);
Package PackageFromJson(const nlohmann::ordered_json& json);
Track MusicFromJson(const nlohmann::ordered_json& json);

}  // namespace motet::data
