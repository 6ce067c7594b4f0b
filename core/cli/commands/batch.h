// The same work on many files, several at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "files/batch_plan.h"
#include "motet/status.h"
#include "progress.h"

namespace motet::cli {

// What became of one file.
struct Coded {
  double seconds = 0;         // of music
  uint64_t stream_bytes = 0;  // of the .motet side
  std::string sentence;       // that tells it all
};

// The words of a report: "Encoding 3 of 8 files", "8 files encoded".
struct BatchWords {
  std::string doing;  // "Encoding"
  std::string done;   // "encoded"
};

using BatchBegin = std::function<Status()>;
using BatchWork = std::function<Result<Coded>(const BatchJob& job, Progress& progress)>;

// Does the work of a plan, the largest files first, so that all threads end at about the same time.
// `begin`, which loads what all share, is called once and only if there is work; its error ends the
// run. `work` is called from several threads. A file that fails does not stop the others: the
// failures are reported at the end, and make the run fail.
Status RunBatch(const BatchPlan& plan, const BatchOptions& options, const BatchWords& words,
                const BatchBegin& begin, const BatchWork& work);

// Processors that this process may use.
int AvailableProcessors();

}  // namespace motet::cli
