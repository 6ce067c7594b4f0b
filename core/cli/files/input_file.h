// A file or standard input, opened and checked for what no command can read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "motet/status.h"

namespace motet::cli {

class InputFile {
 public:
  // "-" is standard input. A missing, unreadable or empty file and a folder are errors.
  static Result<InputFile> Open(const std::string& path);
  // The end of a pipe, which it closes; `name` as in messages.
  static InputFile FromDescriptor(int descriptor, const std::string& name);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  // Up to bytes.size() bytes; 0 at the end.
  Result<size_t> Read(std::span<uint8_t> bytes);

  // Of a regular file: up to bytes.size() bytes from byte `offset` on, without a change to what
  // Read gives; and what Read gives next.
  Result<size_t> ReadAt(uint64_t offset, std::span<uint8_t> bytes) const;
  Status SeekTo(uint64_t offset);

  // Puts `taken`, what was read already, and everything that is left to read into a temporary file
  // without a name, and reads that from now on: a regular file.
  Status Spool(std::span<const uint8_t> taken);

  // Back to where it stood when it was opened, or to the beginning of the temporary file: of what
  // is regular.
  Status Rewind();

  int descriptor() const { return descriptor_; }
  bool is_regular() const { return regular_; }
  uint64_t bytes() const { return bytes_; }          // of a regular file; 0 else
  const std::string& name() const { return name_; }  // as in messages

 private:
  InputFile() = default;
  std::string name_;
  int descriptor_ = -1;
  bool regular_ = false;
  uint64_t bytes_ = 0;
  uint64_t begin_ = 0;  // where a regular file stood
};

// The whole of a file of at most `limit` bytes.
Result<std::vector<uint8_t>> ReadWhole(const std::string& path, uint64_t limit);

}  // namespace motet::cli
