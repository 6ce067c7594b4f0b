#include "files/temporary_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string_view>

namespace motet::cli {
namespace {

constexpr int kPatience = 1000;  // ms that the handler waits for files that are being created

// What the signal handler reads. A path is written before `used` is set, and not after.
struct Slot {
  std::atomic<bool> used = false;
  std::array<char, PATH_MAX> path{};
};
std::array<Slot, kMaxTemporaryFiles> slots;
std::mutex slots_mutex;  // of all but the handler

// Between these two the handler and a thread that creates a file cannot miss each other: the thread
// counts itself and then looks whether the program ends; the handler says so and then waits.
std::atomic<int> creating = 0;
std::atomic<bool> ending = false;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler must not wait for a lock");

extern "C" void RemoveAndDie(int signal_number) {
  ending = true;
  for (int waited = 0; creating > 0 && waited < kPatience; ++waited) poll(nullptr, 0, 1);
  for (const Slot& slot : slots) {
    if (slot.used) unlink(slot.path.data());
  }
  std::signal(signal_number, SIG_DFL);
  raise(signal_number);  // delivered when this function returns
}

// Those whose default ends the program. One that is ignored or handled stays so.
sigset_t HandleEndingSignals() {
  sigset_t handled;
  sigemptyset(&handled);
  const auto handle = [&handled](int signal_number) {
    struct sigaction action {};
    if (sigaction(signal_number, nullptr, &action) != 0) return;
    const bool is_ours = action.sa_handler == RemoveAndDie;
    if (action.sa_handler != SIG_DFL && !is_ours) return;
    sigaddset(&handled, signal_number);
    if (is_ours) return;
    action = {};
    action.sa_handler = RemoveAndDie;
    sigaction(signal_number, &action, nullptr);
  };
  for (const int signal_number : {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGXCPU, SIGALRM,   SIGVTALRM,
                                  SIGPROF, SIGUSR1, SIGUSR2, SIGPOLL, SIGPWR,  SIGSTKFLT, SIGABRT,
                                  SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGSYS,  SIGTRAP})
    handle(signal_number);
  for (int signal_number = SIGRTMIN; signal_number <= SIGRTMAX; ++signal_number)
    handle(signal_number);
  return handled;
}

// Without room the file would not be removed; so many are never open.
void Register(const std::string& path) {
  if (path.size() >= PATH_MAX) return;
  for (Slot& slot : slots) {
    if (slot.used) continue;
    std::memcpy(slot.path.data(), path.c_str(), path.size() + 1);
    slot.used = true;
    return;
  }
}

}  // namespace

int CreateTemporaryFile(const std::string& path) {
  const std::lock_guard lock(slots_mutex);
  // Not in this thread, while it holds the lock: the handler would wait for it.
  const sigset_t handled = HandleEndingSignals();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &handled, &before);
  ++creating;
  int descriptor = -1;
  int error = EINTR;
  if (!ending) {
    descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    error = errno;
    if (descriptor >= 0) Register(path);
  }
  --creating;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return descriptor;
}

void ForgetTemporaryFile(const std::string& path) {
  const std::lock_guard lock(slots_mutex);
  for (Slot& slot : slots) {
    if (slot.used && path == std::string_view(slot.path.data())) slot.used = false;
  }
}

}  // namespace motet::cli
