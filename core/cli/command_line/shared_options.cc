#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "command_line/command_line.h"
#include "console.h"
#include "files/temporary_file.h"

namespace motet::cli {

namespace {

template <typename Number>
CLI::Validator InRange(const char* kind, Number least, Number most) {
  const auto check = [kind, least, most](std::string& text) -> std::string {
    Number value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= least && value <= most) return {};
    return fmt::format("'{}' is no {} from {} to {}", text, kind, least, most);
  };
  return {check, "", ""};
}

}  // namespace

CLI::Validator Between(double least, double most) { return InRange("number", least, most); }

CLI::Validator WholeBetween(int least, int most) { return InRange("whole number", least, most); }

CLI::Option* AddModel(CLI::App* command, std::string* model) {
  return command
      ->add_option("-m,--model", *model, "Model file (else $MOTET_MODEL, else the shipped one)")
      ->type_name("FILE");
}

CLI::Option* AddStreamModel(CLI::App* command, std::string* model) {
  return command
      ->add_option("-m,--model", *model, "Model file (else the one that the stream names)")
      ->type_name("FILE");
}

void AddQuality(CLI::App* command, int* quality) {
  command->add_option("-q,--quality", *quality, "1 (smallest) to 12 (best)")
      ->check(WholeBetween(1, 12))
      ->type_name("N");
}

void AddPrecision(CLI::App* command, Precision* precision) {
  command
      ->add_option_function<std::string>(
          "--precision",
          [precision](const std::string& name) {
            *precision =
                name == PrecisionName(Precision::kFloat32) ? Precision::kFloat32 : Precision::kInt8;
          },
          "int8 (default) is faster, f32 the reference")
      ->check(CLI::IsMember({PrecisionName(Precision::kInt8), PrecisionName(Precision::kFloat32)}))
      ->type_name("int8|f32");
}

void AddForce(CLI::App* command, bool* force) {
  command->add_flag("-f,--force", *force, "Replace existing outputs");
}

void AddJson(CLI::App* command, bool* json) { command->add_flag("--json", *json, "Print JSON"); }

namespace {

// "1:02:03.5", "2:03.5" or "3.5" in seconds.
std::optional<double> ParseTime(const std::string& text) {
  double seconds = 0;
  std::string_view rest = text;
  for (int parts = 0; parts < 3; ++parts) {
    const size_t colon = rest.find(':');
    const std::string_view part = rest.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (part.empty() ||
        part.find_first_not_of(last ? "0123456789." : "0123456789") != std::string_view::npos)
      return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
    if (parts > 0 && value >= 60) return std::nullopt;
    seconds = seconds * 60 + value;
    if (last) return seconds;
    rest.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

}  // namespace

CLI::Option* AddTime(CLI::App* command, const std::string& name, double* seconds,
                     const std::string& help) {
  return command
      ->add_option_function<std::string>(
          name,
          [name, seconds](const std::string& text) {
            const std::optional<double> parsed = ParseTime(text);
            if (!parsed) {
              throw CLI::ValidationError(
                  name, "is '" + text + "', wanted seconds or minutes:seconds, as 62.5 or 1:02.5");
            }
            *seconds = *parsed;
          },
          help)
      ->type_name("TIME");
}

void AddVerbosity(CLI::App* command) {
  CLI::Option* quiet = command->add_flag_callback(
      "--quiet", [] { SetVerbosity(Verbosity::kQuiet); }, "Print errors and warnings only");
  command
      ->add_flag_callback(
          "--verbose", [] { SetVerbosity(Verbosity::kVerbose); }, "Say more, file by file")
      ->excludes(quiet);
}

void CheckStreamOutput(const std::string& output) {
  if (HasSuffix(output, EncodeRules().suffixes)) {
    throw CLI::ValidationError("OUT",
                               "'" + output + "' is called like music, wanted a .motet file");
  }
}

void AddFiles(CLI::App* command, BatchOptions* batch, const std::string& input) {
  command->add_option("FILE", batch->inputs, input)->required()->type_name("");
  command
      ->add_option("-o,--output", batch->folder,
                   "Write into this folder; of a folder that is given, with the same tree")
      ->type_name("DIR");
  command->add_option("-j,--jobs", batch->jobs, "Files at once (default: one for each processor)")
      ->check(WholeBetween(1, kMaxTemporaryFiles))
      ->type_name("N");
}

Result<bool> IsInAndOut(const BatchOptions& batch, const BatchRules& rules) {
  const std::vector<std::string>& files = batch.inputs;
  if (!batch.folder.empty()) {
    const bool is_file = std::ranges::any_of(
        rules.output_suffixes, [&](const std::string& s) { return batch.folder.ends_with(s); });
    if (batch.folder == "-" || is_file) {
      throw CLI::ValidationError(
          "-o", "takes a folder: write IN OUT to name a file, here '" + batch.folder + "'");
    }
    return false;
  }
  if (files.size() == 1 && files[0] == "-")
    throw CLI::ValidationError("-", "standard input has no name to make one of: write - OUT");
  if (files.size() != 2) return false;
  return SecondIsOutput(files[0], files[1], rules);
}

}  // namespace motet::cli
