#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "command_line/command_line.h"
#include "console.h"
#include "files/temporary_file.h"

namespace motet::cli {

CLI::Option* AddModel(CLI::App* command, std::string* model) {
  return command
      ->add_option("-m,--model", *model, "Model file (else $MOTET_MODEL, else the shipped one)")
      ->type_name("FILE");
}

void AddQuality(CLI::App* command, int* quality) {
  command->add_option("-q,--quality", *quality, "1 (smallest) to 12 (best)")
      ->check(CLI::Range(1, 12))
      ->type_name("N");
}

void AddForce(CLI::App* command, bool* force) {
  command->add_flag("-f,--force", *force, "Replace existing outputs");
}

void AddJson(CLI::App* command, bool* json) { command->add_flag("--json", *json, "Print JSON"); }

void AddVerbosity(CLI::App* command) {
  CLI::Option* quiet = command->add_flag_callback(
      "--quiet", [] { SetVerbosity(Verbosity::kQuiet); }, "Print errors and warnings only");
  command
      ->add_flag_callback(
          "--verbose", [] { SetVerbosity(Verbosity::kVerbose); }, "Say more, file by file")
      ->excludes(quiet);
}

void AddFiles(CLI::App* command, BatchOptions* batch, const std::string& input) {
  command->add_option("FILE", batch->inputs, input)->required()->type_name("");
  command
      ->add_option("-o,--output", batch->folder,
                   "Write into this folder; of a folder that is given, with the same tree")
      ->type_name("DIR");
  command->add_option("-j,--jobs", batch->jobs, "Files at once (default: one for each processor)")
      ->check(CLI::Range(1, kMaxTemporaryFiles))
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
