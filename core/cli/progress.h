// How far the work is, as one line for a person who watches.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace motet::cli {

// Hears how far the work on one file is.
class Progress {
 public:
  virtual ~Progress() = default;
  // `total` samples per channel are to come; 0: not known.
  virtual void Begin(uint64_t total) = 0;
  virtual void Update(uint64_t done) = 0;
};

class Stopwatch {
 public:
  double seconds() const;  // since the beginning

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

// A line that is renewed ten times a second, where a person is watching.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  bool IsDue();
  void Show(const std::string& action, double part);  // of the whole, 0...1
  void ShowTime(const std::string& action);           // where the whole is not known

 private:
  bool visible_;
  Stopwatch watch_;
  double last_ = 0;  // when it was shown
};

// Of one file.
class FileProgress : public Progress {
 public:
  explicit FileProgress(std::string action) : action_(std::move(action)) {}
  void Begin(uint64_t total) override { total_ = total; }
  void Update(uint64_t done) override;

 private:
  std::string action_;
  uint64_t total_ = 0;
  ProgressLine line_;
};

// Of many files at once, weighed by their bytes. Thread-safe.
class BatchProgress {
 public:
  BatchProgress(std::string action, size_t files, uint64_t bytes);

  // For the work on a file of `bytes`, which ends with this object.
  std::unique_ptr<Progress> BeginFile(uint64_t bytes);

 private:
  class File;
  void Advance(double bytes, bool ends_file);

  std::string action_;
  size_t files_;
  double bytes_;
  std::mutex mutex_;
  size_t files_done_ = 0;
  double bytes_done_ = 0;
  ProgressLine line_;
};

}  // namespace motet::cli
