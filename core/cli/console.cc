#include "console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <utility>

namespace motet::cli {
namespace {

std::mutex mutex;
Verbosity chosen = Verbosity::kNormal;
bool has_line = false;

void Clear() {
  if (std::exchange(has_line, false)) fmt::print(stderr, "\r\x1b[K");
}

void PrintIf(Verbosity least, const std::string& sentence, const char* before = "") {
  const std::lock_guard lock(mutex);
  if (chosen < least) return;
  Clear();
  fmt::print(stderr, "{}{}\n", before, sentence);
}

}  // namespace

void SetVerbosity(Verbosity verbosity) {
  const std::lock_guard lock(mutex);
  chosen = verbosity;
}

void Warn(const std::string& sentence) { PrintIf(Verbosity::kQuiet, sentence, "motet: "); }
void Tell(const std::string& sentence) { PrintIf(Verbosity::kNormal, sentence); }
void TellMore(const std::string& sentence) { PrintIf(Verbosity::kVerbose, sentence); }

bool ShowsProgress() {
  const std::lock_guard lock(mutex);
  return chosen != Verbosity::kQuiet && isatty(STDERR_FILENO) != 0;
}

void ShowLine(const std::string& text) {
  const std::lock_guard lock(mutex);
  fmt::print(stderr, "\r{}\x1b[K", text);
  std::fflush(stderr);
  has_line = true;
}

void ClearLine() {
  const std::lock_guard lock(mutex);
  Clear();
}

}  // namespace motet::cli
