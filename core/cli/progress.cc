#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace motet::cli {
namespace {

constexpr size_t kBarWidth = 30;

}  // namespace

Progress::Progress(std::string action, uint64_t total)
    : action_(std::move(action)),
      total_(total),
      visible_(isatty(STDERR_FILENO) != 0),
      begin_(Clock::now()),
      last_(begin_) {}

Progress::~Progress() { Clear(); }

void Progress::Update(uint64_t done) {
  const Clock::time_point now = Clock::now();
  if (!visible_ || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  shown_ = true;
  if (total_ == 0) {
    fmt::print(stderr, "\r{} {:.0f} s\x1b[K", action_, seconds());
  } else {
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    const auto filled = static_cast<size_t>(part * kBarWidth);
    fmt::print(stderr, "\r{} [{}{}] {:3.0f} %, {:.0f} s left\x1b[K", action_,
               std::string(filled, '#'), std::string(kBarWidth - filled, '.'), 100 * part,
               part > 0 ? seconds() * (1 - part) / part : 0.0);
  }
  std::fflush(stderr);
}

void Progress::Clear() {
  if (std::exchange(shown_, false)) fmt::print(stderr, "\r\x1b[K");
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - begin_).count();
}

}  // namespace motet::cli
