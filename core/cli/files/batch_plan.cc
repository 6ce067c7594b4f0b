#include "files/batch_plan.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>
#include <system_error>

#include "errors.h"
#include "files/output_file.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "Motet\r\n\x1A";

// The first bytes of a file, as many as a stream's magic has.
std::string Head(const fs::path& path) {
  std::string head(kMagic.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(file.gcount()));
  return head;
}
bool IsStream(const fs::path& path) { return Head(path) == kMagic; }
bool IsStreamOrEmpty(const fs::path& path) { return Head(path).empty() || IsStream(path); }

class Planner {
 public:
  Planner(const BatchOptions& options, const BatchRules& rules)
      : options_(options), rules_(rules) {}

  Status AddInput(const std::string& input);
  BatchPlan Finish();

 private:
  bool Walk(const fs::path& folder, const fs::path& below);
  void AddFile(const fs::path& input, const fs::path& below);
  void Sort(const BatchJob& job);

  const BatchOptions& options_;
  const BatchRules& rules_;
  std::map<std::string, std::vector<BatchJob>> by_output_;
  BatchPlan plan_;
};

Status Planner::AddInput(const std::string& input) {
  if (input == "-")
    return {StatusCode::kInvalidArgument, "standard input cannot be one of several inputs"};
  std::error_code error;
  if (!fs::is_directory(input, error)) {
    AddFile(input, {});
    return {};
  }
  const size_t faults = plan_.faults.size();
  if (!Walk(input, {}) && plan_.faults.size() == faults) {
    plan_.faults.emplace_back(StatusCode::kNotFound,
                              "there are no " + rules_.kind + " in '" + input + "'");
  }
  return {};
}

// Whether there was a file that counts.
bool Planner::Walk(const fs::path& folder, const fs::path& below) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    entries.push_back(*entry);
  if (error) {
    plan_.faults.push_back(SystemError("read", InputName(folder.string()), error.value()));
    return false;
  }
  std::ranges::sort(entries);
  bool found = false;
  for (const fs::directory_entry& entry : entries) {
    const fs::path name = entry.path().filename();
    if (name.string().starts_with('.')) continue;
    if (entry.is_directory(error) && !entry.is_symlink(error)) {
      found |= Walk(entry.path(), below / name);
    } else if (entry.is_regular_file(error) && HasSuffix(name, rules_.suffixes)) {
      AddFile(entry.path(), below);
      found = true;
    }
  }
  return found;
}

// `below`: where it lies in the tree that is mirrored.
void Planner::AddFile(const fs::path& input, const fs::path& below) {
  fs::path name = input.filename();
  if (HasSuffix(name, rules_.suffixes)) name.replace_extension();
  name += rules_.output_suffixes.front();
  const fs::path output = options_.folder.empty() ? input.parent_path() / name
                                                  : fs::path(options_.folder) / below / name;
  std::error_code error;
  const uintmax_t bytes = fs::file_size(input, error);
  std::vector<BatchJob>& same = by_output_[fs::absolute(output).lexically_normal().string()];
  const bool is_known = std::ranges::any_of(same, [&input](const BatchJob& job) {
    std::error_code none;
    return fs::equivalent(job.input, input, none);
  });
  if (!is_known) same.push_back({input.string(), output.string(), error ? 0 : bytes});
}

void Planner::Sort(const BatchJob& job) {
  struct stat output {};
  struct stat input {};
  if (stat(job.output.c_str(), &output) != 0 || stat(job.input.c_str(), &input) != 0) {
    plan_.jobs.push_back(job);  // what is wrong with the input is told when it is read
    return;
  }
  if (Status s = OutputFile::Check(job.output, job.input, true); !s.ok()) {
    plan_.faults.push_back(s);
    return;
  }
  const auto time = [](const struct stat& file) {
    return std::pair(file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
  };
  const bool is_older = time(output) < time(input);
  // NOLINTNEXTLINE(bugprone-branch-clone): forced, and renewed after all checks
  if (options_.force) {
    plan_.jobs.push_back(job);
  } else if (!is_older) {
    plan_.kept.push_back(job);
  } else if (!rules_.renews) {
    plan_.outdated.push_back(job);
  } else if (!IsStreamOrEmpty(job.output)) {
    plan_.faults.emplace_back(
        StatusCode::kInvalidArgument,
        "'" + job.output + "' exists and is no motet stream; --force replaces it");
  } else {
    plan_.jobs.push_back(job);
  }
}

BatchPlan Planner::Finish() {
  for (const auto& [output, jobs] : by_output_) {
    if (jobs.size() == 1) {
      Sort(jobs.front());
      continue;
    }
    for (const BatchJob& job : jobs) {
      const BatchJob& other = &job == &jobs.front() ? jobs[1] : jobs.front();
      plan_.faults.emplace_back(StatusCode::kInvalidArgument,
                                "'" + job.input + "' and '" + other.input +
                                    "' would both become '" + job.output +
                                    "'; give each an output of its own");
    }
  }
  return std::move(plan_);
}

}  // namespace

bool HasSuffix(const std::filesystem::path& path, const std::vector<std::string>& suffixes) {
  std::string suffix = path.extension().string();
  std::ranges::transform(suffix, suffix.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(suffixes, suffix) != suffixes.end();
}

BatchRules EncodeRules() {
  return {.suffixes = {".wav", ".wave", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3",
                       ".aiff", ".aif", ".aifc", ".au", ".snd", ".caf"},
          .kind = "audio files",
          .output_suffixes = {".motet"},
          .renews = true};
}

// Never over an older file: what lies beside may be the original.
BatchRules DecodeRules(const std::string& output_suffix) {
  return {.suffixes = {".motet"},
          .kind = ".motet files",
          .output_suffixes = {output_suffix, ".wav", ".wave", ".flac"},
          .renews = false};
}

Result<BatchPlan> PlanBatch(const BatchOptions& options, const BatchRules& rules) {
  std::error_code error;
  if (!options.folder.empty() && fs::exists(options.folder, error) &&
      !fs::is_directory(options.folder, error))
    return SystemError("write into", OutputName(options.folder), ENOTDIR);
  Planner planner(options, rules);
  for (const std::string& input : options.inputs) {
    if (Status s = planner.AddInput(input); !s.ok()) return s;
  }
  return planner.Finish();
}

Result<bool> SecondIsOutput(const std::string& first, const std::string& second,
                            const BatchRules& rules) {
  if (first == "-" || second == "-") return true;
  struct stat facts {};
  struct stat input {};
  const bool exists = stat(second.c_str(), &facts) == 0;
  if (exists && S_ISDIR(facts.st_mode)) {
    return Status(StatusCode::kInvalidArgument,
                  "'" + second + "' is a directory: write '-o " + second +
                      "' to put the result there, or name it first to take what is in it");
  }
  if (HasSuffix(second, rules.output_suffixes)) return true;
  if (!exists) return !HasSuffix(second, rules.suffixes);
  if (!S_ISREG(facts.st_mode)) return true;
  // The same file twice is a mistake, which the check of the output reports.
  if (stat(first.c_str(), &input) == 0 && input.st_dev == facts.st_dev &&
      input.st_ino == facts.st_ino)
    return true;
  if (rules.renews) return IsStreamOrEmpty(second);
  return !HasSuffix(second, rules.suffixes) && !IsStream(second);
}

}  // namespace motet::cli
