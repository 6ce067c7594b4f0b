#include "files/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "errors.h"
#include "files/output_file.h"

namespace motet::cli {
namespace {

constexpr size_t kSpoolBlock = 65536;

// A file without a name in the folder for temporary files, for reading and writing; -1: an error.
int OpenUnnamed(const std::string& folder) {
  std::string path = (std::filesystem::path(folder) / "motet-XXXXXX").string();
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  if (descriptor >= 0) unlink(path.c_str());
  return descriptor;
}

}  // namespace

Result<InputFile> InputFile::Open(const std::string& path) {
  InputFile file;
  file.name_ = InputName(path);
  file.descriptor_ = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file.descriptor_ < 0) return SystemError("open", file.name_, errno);
  struct stat facts {};
  if (fstat(file.descriptor_, &facts) != 0) return SystemError("open", file.name_, errno);
  if (S_ISDIR(facts.st_mode)) return SystemError("read", file.name_, EISDIR);
  file.regular_ = S_ISREG(facts.st_mode);
  if (file.regular_) {
    file.bytes_ = static_cast<uint64_t>(facts.st_size);
    if (file.bytes_ == 0) return Status(StatusCode::kTruncated, file.name_ + " is empty");
    file.begin_ = static_cast<uint64_t>(std::max<off_t>(0, lseek(file.descriptor_, 0, SEEK_CUR)));
  }
  return file;
}

InputFile InputFile::FromDescriptor(int descriptor, const std::string& name) {
  InputFile file;
  file.descriptor_ = descriptor;
  file.name_ = name;
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      regular_(other.regular_),
      bytes_(other.bytes_),
      begin_(other.begin_) {}

InputFile::~InputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<size_t> InputFile::Read(std::span<uint8_t> bytes) {
  for (;;) {
    const ssize_t got = read(descriptor_, bytes.data(), bytes.size());
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return SystemError("read", name_, errno);
  }
}

Result<size_t> InputFile::ReadAt(uint64_t offset, std::span<uint8_t> bytes) const {
  for (size_t done = 0;;) {
    const ssize_t got = pread(descriptor_, bytes.data() + done, bytes.size() - done,
                              static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", name_, errno);
    done += static_cast<size_t>(got);
    if (got == 0 || done == bytes.size()) return done;
  }
}

Status InputFile::SeekTo(uint64_t offset) {
  if (lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) >= 0) return {};
  return SystemError("read", name_, errno);
}

Status InputFile::Spool(std::span<const uint8_t> taken) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is an error of write like any other
  std::error_code error;
  const std::string folder = std::filesystem::temp_directory_path(error).string();
  if (error) return {StatusCode::kIo, "no folder for a temporary file: " + error.message()};
  const std::string place = "a temporary file in '" + folder + "'";
  InputFile spool;
  spool.descriptor_ = OpenUnnamed(folder);
  if (spool.descriptor_ < 0) return SystemError("write", place, errno);
  if (Status s = WriteAll(spool.descriptor_, place, taken); !s.ok()) return s;
  spool.bytes_ = taken.size();
  for (std::vector<uint8_t> block(kSpoolBlock);;) {
    const Result<size_t> got = Read(block);
    if (!got.ok()) return got.status();
    if (*got == 0) break;
    if (Status s = WriteAll(spool.descriptor_, place, std::span(block).first(*got)); !s.ok())
      return s;
    spool.bytes_ += *got;
  }
  if (lseek(spool.descriptor_, 0, SEEK_SET) != 0) return SystemError("read", place, errno);
  std::swap(descriptor_, spool.descriptor_);
  regular_ = true;
  bytes_ = spool.bytes_;
  begin_ = 0;
  return {};
}

Status InputFile::Rewind() { return SeekTo(begin_); }

Result<std::vector<uint8_t>> ReadWhole(const std::string& path, uint64_t limit) {
  Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  std::vector<uint8_t> bytes;
  for (size_t used = 0;;) {
    if (used > limit)
      return Status(StatusCode::kInvalidArgument,
                    file->name() + " is larger than " + std::to_string(limit) + " bytes");
    bytes.resize(used + 65536);
    const Result<size_t> got = file->Read(std::span(bytes).subspan(used));
    if (!got.ok()) return got.status();
    used += *got;
    if (*got == 0) {
      bytes.resize(used);
      return bytes;
    }
  }
}

}  // namespace motet::cli
