// TFRecord files: records of bytes, each with its length and checksums.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace motet::logging {

// A record as it stands in the file: u64 length, u32 masked CRC-32C of the length, the bytes, u32
// masked CRC-32C of the bytes; all little-endian. The mask is TensorFlow's: rotated right by 15
// bits, plus 0xA282EAD8.
std::string FrameRecord(std::string_view bytes);

// Writes records one after the other.
class RecordFile {
 public:
  // Makes the file. Throws std::runtime_error that names it.
  explicit RecordFile(const std::filesystem::path& path);
  // Throws std::runtime_error when the disk takes no more.
  void Write(std::string_view bytes);
  // What was written is in the file afterwards, for readers that follow a run.
  void Flush();

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace motet::logging
