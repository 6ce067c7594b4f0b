// New folders.
#pragma once

#include <filesystem>

namespace motet::data {

// Throws std::runtime_error if `path` is there already and is not an empty folder.
void CheckNewFolder(const std::filesystem::path& path);

// The same, and makes it.
void MakeNewFolder(const std::filesystem::path& path);

// A folder beside `out` that takes the place of `out` when committed and vanishes otherwise. Throws
// std::runtime_error if it cannot be made.
class PendingFolder {
 public:
  explicit PendingFolder(const std::filesystem::path& out);
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;
  ~PendingFolder();

  const std::filesystem::path& path() const { return partial_; }
  void Commit();

 private:
  std::filesystem::path out_;
  std::filesystem::path partial_;
};

}  // namespace motet::data
