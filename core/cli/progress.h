// A progress line on standard error, shown only where a person is watching.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace motet::cli {

class Progress {
 public:
  // `total` 0: not known.
  Progress(std::string action, uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Update(uint64_t done);
  void Clear();  // so that something else can be printed

  double seconds() const;  // since the beginning

 private:
  using Clock = std::chrono::steady_clock;
  std::string action_;
  uint64_t total_;
  bool visible_;
  bool shown_ = false;
  Clock::time_point begin_;
  Clock::time_point last_;
};

}  // namespace motet::cli
