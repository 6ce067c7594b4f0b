// Where music lies: the audio files of a package, in folders and in archives.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/audio_file.h"

namespace motet::data {

// A file of a package that may hold music: a plain file, or a member of a .zip or .pk3 archive.
struct AudioSource {
  // Package name, then the path inside the package, then the path inside the archive if there is
  // one, joined with '/'. Says nothing of where the package lies on this machine.
  std::string name;
  std::filesystem::path path;
  // Path inside the archive `path`; empty for a plain file.
  std::string member;

  // Opens it for reading. Throws std::runtime_error that names it if it is not audio.
  AudioReader Open() const;
};

// What a walk through a package found.
struct AudioSources {
  // Sorted by name.
  std::vector<AudioSource> sources;
  // Files that do not have the suffix of an audio file or an archive.
  int other_files = 0;
  // Audio files whose path does not contain the wanted fragment.
  int unwanted_files = 0;
  // "file: reason" of each archive that could not be read.
  std::vector<std::string> failures;
};

// Finds the audio files (by suffix) below `root`, a folder, and inside its archives. With
// `fragment`, only those whose name contains it, upper and lower case alike. Symbolic links are
// not followed. Throws std::runtime_error if `root` is not a folder that can be read.
AudioSources FindAudio(const std::filesystem::path& root, const std::string& package,
                       const std::string& fragment = {});

}  // namespace motet::data
