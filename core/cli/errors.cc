#include "errors.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace motet::cli {

Status SystemError(const std::string& action, const std::string& path, int error_number) {
  const StatusCode code = error_number == ENOENT   ? StatusCode::kNotFound
                          : error_number == ENOMEM ? StatusCode::kOutOfMemory
                                                   : StatusCode::kIo;
  return {code, fmt::format("cannot {} {}: {}", action, path,
                            std::generic_category().message(error_number))};
}

Status LostPackets(const std::string& path, uint64_t offset, uint64_t first, uint64_t count) {
  return {StatusCode::kCorrupt,
          fmt::format("{} is damaged before byte {}: packets {} to {} are lost", InputName(path),
                      offset, first, first + count - 1)};
}

std::string StreamName(const std::string& path) { return path == "-" ? "standard input" : path; }

std::string InputName(const std::string& path) {
  return path == "-" ? "standard input" : fmt::format("'{}'", path);
}
std::string OutputName(const std::string& path) {
  return path == "-" ? "standard output" : fmt::format("'{}'", path);
}

}  // namespace motet::cli
