#include "files/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include "errors.h"
#include "files/temporary_file.h"

namespace motet::cli {
namespace {

constexpr int kAttempts = 100;  // at a name for the temporary file

constexpr int kMaxLinks = 40;  // that lead to a file, as in Linux

// Where a file must be created so that `path` names it: at the end of a chain of symbolic links,
// which may point to nothing yet.
Result<std::filesystem::path> FollowLinks(const std::string& path) {
  std::filesystem::path place = path;
  std::error_code error;
  for (int links = 0; std::filesystem::is_symlink(place, error); ++links) {
    if (links == kMaxLinks) return SystemError("write", OutputName(path), ELOOP);
    const std::filesystem::path target = std::filesystem::read_symlink(place, error);
    if (error) return SystemError("write", OutputName(path), error.value());
    place = place.parent_path() / target;  // which is `target` alone if that is absolute
  }
  return place;
}

}  // namespace

Status WriteAll(int descriptor, const std::string& name, std::span<const uint8_t> bytes,
                const uint64_t* position) {
  uint64_t at = position != nullptr ? *position : 0;
  while (!bytes.empty()) {
    const ssize_t put = position != nullptr
                            ? pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at))
                            : write(descriptor, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return SystemError("write", name, errno);
    }
    bytes = bytes.subspan(static_cast<size_t>(put));
    at += static_cast<uint64_t>(put);
  }
  return {};
}

Status OutputFile::Check(const std::string& path, const std::string& input, bool force) {
  if (path == "-") {
    if (isatty(STDOUT_FILENO) == 0) return {};
    return {
        StatusCode::kInvalidArgument,
        "standard output is a terminal, which cannot show the result; write to a file or a pipe"};
  }
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) {
    if (errno != ENOENT) return SystemError("write", OutputName(path), errno);
    const std::string folder = std::filesystem::path(path).parent_path().string();
    if (!folder.empty() && access(folder.c_str(), F_OK) != 0)
      return SystemError("write", OutputName(path), errno);
    return {};
  }
  if (S_ISDIR(facts.st_mode)) return SystemError("write", OutputName(path), EISDIR);
  struct stat source {};
  const int known = input == "-" ? fstat(STDIN_FILENO, &source) : stat(input.c_str(), &source);
  if (known == 0 && S_ISREG(source.st_mode) && source.st_dev == facts.st_dev &&
      source.st_ino == facts.st_ino) {
    return {StatusCode::kInvalidArgument,
            "the output '" + path + "' is the same file as the input"};
  }
  if (S_ISREG(facts.st_mode) && !force) {
    return {StatusCode::kInvalidArgument, "'" + path + "' exists already; --force replaces it"};
  }
  return {};
}

Result<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path) {
  std::unique_ptr<OutputFile> file(new OutputFile);
  file->name_ = OutputName(path);
  // A closed pipe and a limit on file sizes are errors of write like any other.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  struct stat facts {};
  if (path == "-") {
    file->descriptor_ = dup(STDOUT_FILENO);
  } else if (stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) {
    file->descriptor_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    const Result<std::filesystem::path> found = FollowLinks(path);
    if (!found.ok()) return found.status();
    std::filesystem::path place = *found;
    file->path_ = place.string();
    const std::string name =
        fmt::format(".{}.{}", place.filename().string().substr(0, 200), getpid());
    // A killed program may have left its own, and in a container each has the same process id.
    for (int attempt = 0; attempt < kAttempts && file->descriptor_ < 0; ++attempt) {
      place.replace_filename(attempt == 0 ? name + ".part"
                                          : fmt::format("{}.{}.part", name, attempt));
      file->temporary_ = place.string();
      file->descriptor_ = CreateTemporaryFile(file->temporary_);
      if (file->descriptor_ < 0 && errno != EEXIST) break;
    }
    if (file->descriptor_ < 0) {
      file->temporary_.clear();
      return SystemError("write", file->name_, errno);
    }
    file->seekable_ = true;
  }
  if (file->descriptor_ < 0) return SystemError("write", file->name_, errno);
  return file;
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (temporary_.empty()) return;
  unlink(temporary_.c_str());
  ForgetTemporaryFile(temporary_);
}

Status OutputFile::Write(std::span<const uint8_t> bytes) {
  if (seekable_) return WriteAt(bytes_, bytes);
  if (Status s = WriteAll(descriptor_, name_, bytes); !s.ok()) return s;
  bytes_ += bytes.size();
  return {};
}

Status OutputFile::WriteAt(uint64_t position, std::span<const uint8_t> bytes) {
  if (Status s = WriteAll(descriptor_, name_, bytes, &position); !s.ok()) return s;
  bytes_ = std::max<uint64_t>(bytes_, position + bytes.size());
  return {};
}

Result<size_t> OutputFile::ReadAt(uint64_t position, std::span<uint8_t> bytes) {
  const ssize_t got = pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position));
  if (got < 0) return SystemError("read", name_, errno);
  return static_cast<size_t>(got);
}

Status OutputFile::Commit() {
  // Otherwise a power failure soon after could leave an empty file in the place of an old one. A
  // file system that cannot do it says EINVAL.
  if (!temporary_.empty() && fsync(descriptor_) != 0 && errno != EINVAL)
    return SystemError("write", name_, errno);
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (close(descriptor) != 0) return SystemError("write", name_, errno);
  if (temporary_.empty()) return {};
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return SystemError("write", name_, errno);
  ForgetTemporaryFile(temporary_);
  temporary_.clear();
  return {};
}

}  // namespace motet::cli
