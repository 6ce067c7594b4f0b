#include "distributed/launch.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

extern char** environ;

namespace motet::trainer {
namespace {

// After one process has failed, the others have this long to end: a rank that waits on a GPU for
// one that is gone receives no signal.
constexpr std::chrono::seconds kGrace{20};

[[noreturn]] void Fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

// This process's environment with `changes`.
std::vector<std::string> Environment(std::map<std::string, std::string> changes) {
  std::vector<std::string> lines;
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string text = *line;
    if (changes.count(text.substr(0, text.find('='))) == 0) lines.push_back(text);
  }
  for (const auto& [name, value] : changes) lines.push_back(fmt::format("{}={}", name, value));
  return lines;
}

pid_t Start(char** arguments, std::vector<std::string> environment, const sigset_t& mask) {
  std::vector<char*> lines;
  for (auto& line : environment) lines.push_back(line.data());
  lines.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &mask);
  // A group of its own: the terminal's interrupt comes once, from the launcher.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t process = 0;
  const int error =
      posix_spawn(&process, "/proc/self/exe", nullptr, &attributes, arguments, lines.data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) Fail(error, "starting a process of motet-train");
  return process;
}

void Tell(const std::vector<pid_t>& processes, int signal) {
  for (const pid_t process : processes) kill(process, signal);
}

}  // namespace

int FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  if (descriptor < 0) Fail(errno, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool found =
      bind(descriptor, generic, size) == 0 && getsockname(descriptor, generic, &size) == 0;
  const int error = errno;
  close(descriptor);
  if (!found) Fail(error, "a free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

bool IsLauncher(int64_t count) {
  const char* world = std::getenv("WORLD_SIZE");
  if (count == 1) return false;
  if (world == nullptr || *world == '\0') return true;
  if (world != std::to_string(count)) {
    throw std::runtime_error(fmt::format(
        "--processes is {}, but environment variable WORLD_SIZE is '{}'", count, world));
  }
  return false;
}

int LaunchRanks(int64_t count, char** arguments) {
  // Blocked here, taken by sigwait below: no signal is lost between two calls.
  sigset_t awaited, before;
  sigemptyset(&awaited);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&awaited, signal);
  pthread_sigmask(SIG_BLOCK, &awaited, &before);

  const int64_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::string threads = std::to_string(std::max<int64_t>(1, cores / count));
  std::map<std::string, std::string> variables = {{"WORLD_SIZE", std::to_string(count)},
                                                  {"MASTER_ADDR", "127.0.0.1"},
                                                  {"MASTER_PORT", std::to_string(FreePort())}};
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}) {
    if (std::getenv(name) == nullptr) variables[name] = threads;
  }
  if (std::getenv("GLOO_SOCKET_IFNAME") == nullptr) variables["GLOO_SOCKET_IFNAME"] = "lo";

  std::vector<pid_t> running;
  try {
    for (int64_t rank = 0; rank < count; ++rank) {
      variables["RANK"] = variables["LOCAL_RANK"] = std::to_string(rank);
      running.push_back(Start(arguments, Environment(variables), before));
    }
  } catch (const std::system_error&) {
    Tell(running, SIGKILL);
    throw;
  }

  int result = 0;
  std::chrono::steady_clock::time_point deadline;  // if result is not 0
  while (!running.empty()) {
    // In short turns once there is a deadline; no signal is 0.
    const timespec turn = {1, 0};
    const int signal = std::max(
        0, result == 0 ? sigwaitinfo(&awaited, nullptr) : sigtimedwait(&awaited, nullptr, &turn));
    if (signal != 0 && signal != SIGCHLD) Tell(running, signal);
    if (result != 0 && std::chrono::steady_clock::now() > deadline) Tell(running, SIGKILL);
    int status = 0;
    for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      running.erase(std::remove(running.begin(), running.end(), ended), running.end());
      const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      if (code == 0 || result != 0) continue;
      result = code;
      deadline = std::chrono::steady_clock::now() + kGrace;
      Tell(running, SIGTERM);
    }
  }
  return result;
}

}  // namespace motet::trainer
