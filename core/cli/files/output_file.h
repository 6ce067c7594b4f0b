// A file that appears whole or not at all: written beside its place and renamed at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "motet/status.h"

namespace motet::cli {

// All of `bytes`, at `position` or where the file stands. `name` is for the message.
Status WriteAll(int descriptor, const std::string& name, std::span<const uint8_t> bytes,
                const uint64_t* position = nullptr);

class OutputFile {
 public:
  // Whether `path` may be written: not a folder, not the same file as `input`, and only with
  // `force` over a file that exists.
  static Status Check(const std::string& path, const std::string& input, bool force);

  // Begins a file. "-" is standard output; devices and pipes are written directly. Until Commit the
  // bytes are in a hidden file in the same folder, which goes away with this object, and when the
  // program is interrupted.
  static Result<std::unique_ptr<OutputFile>> Create(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  Status Write(std::span<const uint8_t> bytes);

  // For files with is_seekable(). Positions count from the start of the file.
  bool is_seekable() const { return seekable_; }
  Status WriteAt(uint64_t position, std::span<const uint8_t> bytes);
  Result<size_t> ReadAt(uint64_t position, std::span<uint8_t> bytes);

  // Puts the file in its place.
  Status Commit();

  uint64_t bytes() const { return bytes_; }          // so far
  const std::string& name() const { return name_; }  // as in messages

 private:
  OutputFile() = default;
  std::string name_;
  std::string path_;       // the final place; empty when written directly
  std::string temporary_;  // where the bytes are until then
  int descriptor_ = -1;
  bool seekable_ = false;
  uint64_t bytes_ = 0;
};

}  // namespace motet::cli
