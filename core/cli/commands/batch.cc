#include "commands/batch.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "console.h"
#include "errors.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

Status CreateFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  return error ? SystemError("create", OutputName(folder.string()), error.value()) : Status();
}

class BatchRun {
 public:
  BatchRun(const BatchPlan& plan, const BatchWords& words, const BatchWork& work)
      : jobs_(plan.jobs), work_(work), progress_(words.doing, jobs_.size(), Bytes(plan.jobs)) {
    std::ranges::stable_sort(jobs_, std::greater(), &BatchJob::bytes);
  }

  void Run(size_t threads) {
    std::vector<std::jthread> others;
    for (size_t i = 1; i < std::min(threads, jobs_.size()); ++i)
      others.emplace_back([this] { TakeJobs(); });
    TakeJobs();
  }

  struct Failure {
    std::string input;
    Status status;
  };
  std::vector<Failure> failures;
  std::vector<Coded> done;

 private:
  static uint64_t Bytes(const std::vector<BatchJob>& jobs) {
    uint64_t bytes = 0;
    for (const BatchJob& job : jobs) bytes += job.bytes;
    return bytes;
  }

  void TakeJobs() {
    for (size_t i = next_++; i < jobs_.size(); i = next_++) {
      Result<Coded> coded = Do(jobs_[i]);
      const std::lock_guard lock(mutex_);
      if (!coded.ok()) {
        failures.push_back({jobs_[i].input, coded.status()});
      } else {
        if (jobs_.size() > 1) TellMore(coded->sentence);  // else it is the whole report
        done.push_back(std::move(*coded));
      }
    }
  }

  Result<Coded> Do(const BatchJob& job) {
    const std::unique_ptr<Progress> progress = progress_.BeginFile(job.bytes);
    try {
      const fs::path folder = fs::path(job.output).parent_path();
      if (!folder.empty()) {
        if (Status s = CreateFolder(folder); !s.ok()) return s;
      }
      return work_(job, *progress);
    } catch (const std::bad_alloc&) {
      return Status(StatusCode::kOutOfMemory, InputName(job.input) + ": out of memory");
    } catch (const std::exception& error) {
      return Status(StatusCode::kInternal, InputName(job.input) + ": " + error.what());
    }
  }

  std::vector<BatchJob> jobs_;
  const BatchWork& work_;
  BatchProgress progress_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;  // of what came out
};

std::string Files(size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "file" : "files");
}

std::string Time(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds);
  return fmt::format("{}:{:02}:{:05.2f}", whole / 3600, whole / 60 % 60,
                     seconds - static_cast<double>(whole - whole % 60));
}

void TellDone(const std::vector<Coded>& done, const BatchWords& words, double elapsed) {
  if (done.size() == 1) {
    Tell(done.front().sentence);
  } else if (!done.empty()) {
    double seconds = 0;
    uint64_t bytes = 0;
    for (const Coded& coded : done) {
      seconds += coded.seconds;
      bytes += coded.stream_bytes;
    }
    Tell(fmt::format("{} {}: {} of music, {:.2f} kbit/s, in {}, {:.1f} x real time",
                     Files(done.size()), words.done, Time(seconds),
                     seconds > 0 ? static_cast<double>(bytes) * 8 / seconds / 1000 : 0.0,
                     Time(elapsed), seconds / elapsed));
  }
}

void TellKept(const BatchPlan& plan) {
  for (const BatchJob& job : plan.kept) TellMore(fmt::format("'{}' is there already", job.output));
  if (plan.kept.size() == 1) {
    Tell(fmt::format("'{}' is there already, and as new as its input (-f replaces it)",
                     plan.kept.front().output));
  } else if (!plan.kept.empty()) {
    Tell(fmt::format("{} are there already, and as new as their inputs (-f replaces them)",
                     Files(plan.kept.size())));
  }
  for (const BatchJob& job : plan.outdated)
    Tell(fmt::format("'{}' is older than '{}', but may be an original: kept (-f replaces it)",
                     job.output, job.input));
}

}  // namespace

int AvailableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

Status RunBatch(const BatchPlan& plan, const BatchOptions& options, const BatchWords& words,
                const BatchBegin& begin, const BatchWork& work) {
  const int threads = options.jobs > 0 ? options.jobs : AvailableProcessors();
  const Stopwatch watch;
  std::vector<Status> faults = plan.faults;
  if (!plan.jobs.empty()) {
    if (!options.folder.empty()) {
      if (Status s = CreateFolder(options.folder); !s.ok()) return s;
    }
    if (Status s = begin(); !s.ok()) return s;
    BatchRun run(plan, words, work);
    run.Run(static_cast<size_t>(threads));
    std::ranges::sort(run.failures, {}, &BatchRun::Failure::input);
    for (const BatchRun::Failure& failure : run.failures) faults.push_back(failure.status);
    TellDone(run.done, words, watch.seconds());
  }
  TellKept(plan);
  if (faults.empty()) return {};
  if (plan.files() == 1) return faults.front();
  for (const Status& fault : faults) Warn(fault.message());
  return {faults.front().code(),
          fmt::format("{} of {} could not be {}", faults.size(), Files(plan.files()), words.done)};
}

}  // namespace motet::cli
