#include "logging/record_file.h"

#include <stdexcept>

#include "logging/crc32c.h"

namespace motet::logging {
namespace {

template <typename T>
std::string LittleEndian(T value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
  return bytes;
}

std::uint32_t MaskedCrc(std::string_view bytes) {
  const std::uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

}  // namespace

std::string FrameRecord(std::string_view bytes) {
  const std::string length = LittleEndian(static_cast<std::uint64_t>(bytes.size()));
  std::string record = length + LittleEndian(MaskedCrc(length));
  record += bytes;
  return record + LittleEndian(MaskedCrc(bytes));
}

RecordFile::RecordFile(const std::filesystem::path& path)
    : path_(path), file_(path, std::ios::binary | std::ios::trunc) {
  if (!file_) throw std::runtime_error(path.string() + ": cannot be written");
}

void RecordFile::Write(std::string_view bytes) {
  const std::string record = FrameRecord(bytes);
  file_.write(record.data(), static_cast<std::streamsize>(record.size()));
  if (!file_) throw std::runtime_error(path_.string() + ": writing failed");
}

void RecordFile::Flush() {
  file_.flush();
  if (!file_) throw std::runtime_error(path_.string() + ": writing failed");
}

}  // namespace motet::logging
