// Which files of a batch become which.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "motet/status.h"

namespace motet::cli {

// What a command does with many files.
struct BatchRules {
  std::vector<std::string> suffixes;  // ".flac" ...: files that count in a folder
  std::string kind;                   // of those, as in "no <kind> in 'folder'"
  // The first takes the place of a suffix that counts, or follows the name. A file that ends in any
  // of them is what the command writes.
  std::vector<std::string> output_suffixes;
  bool renews = false;  // outputs that are older than their inputs are made anew
};
// Whether a name ends in one of these, in small letters or capitals.
bool HasSuffix(const std::filesystem::path& path, const std::vector<std::string>& suffixes);

BatchRules EncodeRules();
BatchRules DecodeRules(const std::string& output_suffix);  // ".wav" or ".flac"

struct BatchOptions {
  std::vector<std::string> inputs;  // files, and folders, which are searched through
  std::string folder;               // for the outputs; empty: each lies beside its input
  int jobs = 0;                     // files at once; 0: as many as there are processors
  bool force = false;               // existing outputs are replaced
};

struct BatchJob {
  std::string input;
  std::string output;
  uint64_t bytes = 0;  // of the input
};

struct BatchPlan {
  std::vector<BatchJob> jobs;      // to do, in the order of their names
  std::vector<BatchJob> kept;      // whose output exists and stays
  std::vector<BatchJob> outdated;  // likewise, though the input is newer
  std::vector<Status> faults;      // inputs of which nothing can become
  size_t files() const { return jobs.size() + kept.size() + outdated.size() + faults.size(); }
};

// Says what is to be done. A folder that is given has its tree below `folder`, a file its own name
// there. Hidden files and links to folders do not count. No two inputs become one file: that is a
// fault of each of them.
Result<BatchPlan> PlanBatch(const BatchOptions& options, const BatchRules& rules);

// Whether the second of two arguments names the output for the first, rather than one more input.
// So that no music is overwritten by accident, a file that exists is an output only if it is what
// the command writes, or cannot be what it reads. An error for a folder, where both would make
// sense.
Result<bool> SecondIsOutput(const std::string& first, const std::string& second,
                            const BatchRules& rules);

}  // namespace motet::cli
