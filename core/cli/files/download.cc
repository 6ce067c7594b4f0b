#include "files/download.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "errors.h"

namespace motet::cli {

bool IsUrl(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

Result<Download> Download::Start(const std::string& url) {
  Download download;
  download.url_ = url;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("fetch", "'" + url + "'", errno);
  download.descriptor_ = ends[0];
  download.path_ = "/dev/fd/" + std::to_string(ends[0]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  // A redirection leads to the web again, never to files of this machine.
  const char* const words[] = {"curl",        "--fail",  "--silent",    "--show-error",
                               "--location",  "--proto", "=http,https", "--proto-redir",
                               "=http,https", "--url",   url.c_str(),   nullptr};
  const int error = posix_spawnp(&download.process_, "curl", &actions, nullptr,
                                 const_cast<char* const*>(words), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) return download;
  download.process_ = -1;
  return Status(StatusCode::kNotFound, "cannot fetch '" + url +
                                           "': that needs the program curl, which was not found "
                                           "(Debian: curl)");
}

Download::Download(Download&& other) noexcept
    : url_(std::move(other.url_)),
      path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      process_(std::exchange(other.process_, -1)) {}

Download::~Download() {
  if (descriptor_ >= 0) close(descriptor_);
  if (process_ < 0) return;
  kill(process_, SIGTERM);  // it may wait for a server that says nothing
  waitpid(process_, nullptr, 0);
}

Status Download::Finish() {
  int status = 0;
  if (process_ < 0 || waitpid(std::exchange(process_, -1), &status, 0) < 0) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  // curl has told why, on standard error.
  return {StatusCode::kIo, "'" + url_ + "' could not be fetched"};
}

}  // namespace motet::cli
