#include "audio/ffmpeg.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "errors.h"

namespace motet::cli {
namespace {

// The file is its standard input under a name, so that it can seek in it, and no name of a file is
// taken for an address.
constexpr std::array<const char*, 16> kArguments = {
    "ffmpeg", "-nostdin", "-v",   "error",     "-xerror", "-i",  "file:/dev/stdin",
    "-map",   "0:a:0",    "-c:a", "pcm_f32le", "-f",      "wav", "-map_metadata",
    "-1",     "-"};

}  // namespace

Result<std::unique_ptr<Ffmpeg>> Ffmpeg::Start(int descriptor, const std::string& name) {
  std::unique_ptr<Ffmpeg> ffmpeg(new Ffmpeg(name));
  std::array<int, 2> ends{};
  ffmpeg->words_ = memfd_create("ffmpeg", MFD_CLOEXEC);
  if (ffmpeg->words_ < 0 || pipe2(ends.data(), O_CLOEXEC) != 0)
    return SystemError("start", "ffmpeg", errno);
  ffmpeg->output_ = ends[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, descriptor, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ffmpeg->words_, STDERR_FILENO);
  std::array<char*, kArguments.size() + 1> arguments{};
  for (size_t i = 0; i < kArguments.size(); ++i) arguments[i] = const_cast<char*>(kArguments[i]);
  const int error =
      posix_spawnp(&ffmpeg->process_, "ffmpeg", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) return ffmpeg;
  ffmpeg->process_ = -1;
  if (error == ENOENT) {
    return Status(StatusCode::kNotFound,
                  "the program ffmpeg, which --ffmpeg asks for, is not installed");
  }
  return SystemError("start", "ffmpeg", error);
}

Ffmpeg::~Ffmpeg() {
  if (output_ >= 0) close(output_);
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  if (words_ >= 0) close(words_);
}

int Ffmpeg::TakeOutput() { return std::exchange(output_, -1); }

Status Ffmpeg::Finish() {
  int result = 0;
  while (waitpid(process_, &result, 0) < 0) {
    if (errno != EINTR) return SystemError("wait for", "ffmpeg", errno);
  }
  process_ = -1;
  std::array<char, 400> text{};
  const ssize_t got = pread(words_, text.data(), text.size(), 0);
  std::string words(text.data(), got > 0 ? static_cast<size_t>(got) : 0);
  words = words.substr(0, words.find('\n'));
  if (WIFEXITED(result) && WEXITSTATUS(result) == 0 && words.empty()) return {};
  return {StatusCode::kInvalidArgument,
          name_ + " cannot be read by ffmpeg: " + (words.empty() ? "it failed" : words)};
}

}  // namespace motet::cli
