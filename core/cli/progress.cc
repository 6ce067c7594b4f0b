#include "progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "console.h"

namespace motet::cli {
namespace {

constexpr size_t kBarWidth = 30;
constexpr double kInterval = 0.1;  // seconds between two looks

}  // namespace

double Stopwatch::seconds() const {
  return std::chrono::duration<double>(Clock::now() - begin_).count();
}

ProgressLine::ProgressLine() : visible_(ShowsProgress()) {}
ProgressLine::~ProgressLine() {
  if (visible_) ClearLine();
}

bool ProgressLine::IsDue() {
  const double now = watch_.seconds();
  if (!visible_ || now - last_ < kInterval) return false;
  last_ = now;
  return true;
}

void ProgressLine::Show(const std::string& action, double part) {
  part = std::clamp(part, 0.0, 1.0);
  const auto filled = static_cast<size_t>(part * kBarWidth);
  ShowLine(fmt::format("{} [{}{}] {:3.0f} %, {:.0f} s left", action, std::string(filled, '#'),
                       std::string(kBarWidth - filled, '.'), 100 * part,
                       part > 0 ? watch_.seconds() * (1 - part) / part : 0.0));
}

void ProgressLine::ShowTime(const std::string& action) {
  ShowLine(fmt::format("{} {:.0f} s", action, watch_.seconds()));
}

void FileProgress::Update(uint64_t done) {
  if (!line_.IsDue()) return;
  if (total_ == 0) {
    line_.ShowTime(action_);
  } else {
    line_.Show(action_, static_cast<double>(done) / static_cast<double>(total_));
  }
}

class BatchProgress::File : public Progress {
 public:
  File(BatchProgress& batch, uint64_t bytes) : batch_(batch), bytes_(static_cast<double>(bytes)) {}
  ~File() override { batch_.Advance(bytes_ - told_, true); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void Begin(uint64_t total) override { total_ = total; }
  void Update(uint64_t done) override {
    if (total_ == 0) return;
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    batch_.Advance(bytes_ * part - told_, false);
    told_ = bytes_ * part;
  }

 private:
  BatchProgress& batch_;
  double bytes_;
  double told_ = 0;  // of its bytes
  uint64_t total_ = 0;
};

BatchProgress::BatchProgress(std::string action, size_t files, uint64_t bytes)
    : action_(std::move(action)), files_(files), bytes_(static_cast<double>(bytes)) {}

std::unique_ptr<Progress> BatchProgress::BeginFile(uint64_t bytes) {
  return std::make_unique<File>(*this, bytes);
}

void BatchProgress::Advance(double bytes, bool ends_file) {
  const std::lock_guard lock(mutex_);
  bytes_done_ += bytes;
  files_done_ += ends_file ? 1 : 0;
  if (line_.IsDue()) {
    line_.Show(fmt::format("{} {} of {} files", action_, files_done_, files_),
               bytes_ > 0 ? bytes_done_ / bytes_ : 0);
  }
}

}  // namespace motet::cli
