#include "logging/run_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <ctime>
#include <functional>
#include <limits>
#include <stdexcept>

#include "logging/build_info.h"
#include "logging/spectrogram.h"

namespace motet::logging {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kCsvHeader = "step,tag,value";

void Replace(const fs::path& path, const std::string& text) {
  fs::path partial = path;
  partial += ".partial";
  {
    std::ofstream file(partial, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw std::runtime_error(partial.string() + ": cannot be written");
  }
  fs::rename(partial, path);
}

// Leaves the lines of the file for which `keep` holds. The last line counts when it is whole.
void Trim(const fs::path& path, const std::function<bool(const std::string&)>& keep) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return;
  std::string kept, line;
  while (std::getline(in, line) && !in.eof()) {
    if (keep(line)) kept += line + "\n";
  }
  in.close();
  Replace(path, kept);
}

std::ofstream Append(const fs::path& path) {
  std::ofstream file(path, std::ios::app | std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + ": cannot be written");
  return file;
}

bool LineIsUpTo(const std::string& text, std::int64_t step) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) return false;
  const json& body = line.contains("validation") ? line["validation"] : line;
  return body.is_object() && body.value("step", std::int64_t{0}) <= step;
}

bool RowIsUpTo(const std::string& row, std::int64_t step) {
  return row == kCsvHeader || std::strtoll(row.c_str(), nullptr, 10) <= step;
}

std::string UtcNow() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

// A code block, which Markdown leaves as it is.
std::string CodeBlock(const json& value) { return "```\n" + value.dump(2) + "\n```\n"; }

const fs::path& Prepared(const fs::path& run, std::int64_t step) {
  fs::create_directories(run);
  Trim(run / "log.jsonl", [&](const std::string& line) { return LineIsUpTo(line, step); });
  Trim(run / "metrics.csv", [&](const std::string& row) { return RowIsUpTo(row, step); });
  return run;
}

}  // namespace

RunLog::RunLog(const fs::path& run, std::int64_t step, const json& configuration)
    : run_(Prepared(run, step)),
      step_(step),
      lines_(Append(run / "log.jsonl")),
      csv_(Append(run / "metrics.csv")),
      events_(run / "tensorboard", step + 1) {
  Replace(run / "config.json", configuration.dump(2) + "\n");
  if (fs::file_size(run / "metrics.csv") == 0) csv_ << kCsvHeader << "\n";
  events_.Text("configuration", step, CodeBlock(configuration));
  Flush();
}

void RunLog::Start(json facts) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '-';
  facts["time"] = UtcNow();
  facts["host"] = host.data();
  facts["version"] = ProgramVersion();
  facts["commit"] = ProgramCommit();
  facts["step"] = step_;
  json starts = json::array();
  if (std::ifstream in(run_ / "run.json"); in) starts = json::parse(in, nullptr, false);
  if (!starts.is_array()) {
    throw std::runtime_error((run_ / "run.json").string() + ": is not a JSON list");
  }
  starts.push_back(facts);
  Replace(run_ / "run.json", starts.dump(2) + "\n");
  events_.Text("start", step_, CodeBlock(facts));
  Flush();
}

void RunLog::Numbers(std::int64_t step, const std::string& tag, const json& value) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) Numbers(step, tag + "/" + key, member);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      Numbers(step, tag + "/" + std::to_string(i), value[i]);
  } else if (value.is_number()) {
    const auto number = value.get<double>();
    csv_ << fmt::format("{},{},{}\n", step, tag, number);
    events_.Scalar(tag, step, number);
  }
}

void RunLog::Training(const json& line) {
  lines_ << line.dump() << "\n";
  json numbers = line;
  numbers.erase("step");
  Numbers(line.at("step").get<std::int64_t>(), "train", numbers);
  Flush();
}

void RunLog::Validation(const json& line) {
  lines_ << json{{"validation", line}}.dump() << "\n";
  json numbers = line;
  numbers.erase("step");
  Numbers(line.at("step").get<std::int64_t>(), "validation", numbers);
  Flush();
}

void RunLog::Sample(std::int64_t step, const std::string& name, const Sound& original,
                    const Sound& decoded, bool with_original) {
  if (with_original) events_.Audio(name + "/original", step, original);
  events_.Audio(name + "/decoded", step, decoded);
  events_.Image(name + "/spectrograms", step,
                Stack(Spectrogram(Downmix(original), original.sample_rate),
                      Spectrogram(Downmix(decoded), decoded.sample_rate)));
  Flush();
}

void RunLog::Flush() {
  lines_.flush();
  csv_.flush();
  if (!lines_ || !csv_) throw std::runtime_error(run_.string() + ": the log cannot be written");
  events_.Flush();
}

}  // namespace motet::logging
