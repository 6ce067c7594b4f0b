// Makes a dataset out of packages of music.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "data/manifest.h"
#include "data/shard_writer.h"

namespace motet::data {

// What to collect, and where to.
struct CollectOptions {
  // One folder per package; its name is the package's. A file package.json in it (fetch-music.sh
  // writes one) may say {"name", "version", "kind", "licence", "weight", "match", "group"}, each
  // optional: `match` is what a file's name must contain, `group` is "track" (default) or
  // "folder" (the files of a folder are stems of one song: they share a split). A file named
  // `copyright` is copied to the dataset.
  std::vector<std::filesystem::path> inputs;
  // The dataset folder to make.
  std::filesystem::path out;
  // Replace `out` if it is a dataset already.
  bool force = false;
  // Shorter files are sound effects, not music.
  double min_seconds = 20.0;
  // Quieter files, in dB relative to full scale (root mean square), are skipped.
  double silence_db = -60.0;
  // Files decoded at the same time. The result does not depend on it.
  int jobs = 2;
  // Longer tracks are skipped.
  std::int64_t max_shard_bytes = kMaxShardBytes;
  // Called after each file with (files done, files in all, name of the file).
  std::function<void(int, int, const std::string&)> on_progress;
};

// What was made.
struct CollectReport {
  Manifest manifest;
  // "file: reason" of each file that should have been audio and could not be read.
  std::vector<std::string> failures;
};

// Decodes the stereo music of `inputs`, resamples it to kSampleRate and writes shards
// (shard-00000.pcm, ...; tracks begin at multiples of 1024 frames), manifest.json and
// copyright/PACKAGE. Everything is written to `out`.partial, which is renamed at the end.
//
// Files that are not audio, mono, short, near-silent, too long or duplicates of another are
// skipped and counted in Manifest::skipped. Throws std::runtime_error if an input is not a
// folder, nothing was found, `out` exists or cannot be written.
CollectReport Collect(const CollectOptions& options);

}  // namespace motet::data
