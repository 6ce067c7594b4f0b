#include <CLI/CLI.hpp>
#include <memory>

#include "command_line/command.h"
#include "command_line/command_line.h"
#include "commands/commands.h"

namespace motet::cli {

void AddCut(CLI::App& program, Runner* run) {
  Command* command = AddCommand(program, "cut", "Cut a part out of a .motet file");
  command->usage = {"[OPTIONS] IN OUT"};
  command->details =
      "Nothing is encoded again: OUT decodes to exactly the samples of that part of IN. It has a "
      "few more packets than its length needs, which prepare the decoder. Tags are kept.";
  command->examples = {{"motet cut --start 1:02.5 --end 1:30 in.motet out.motet", ""},
                       {"motet cut --end 30 in.motet out.motet", "the first half minute"}};
  const auto options = std::make_shared<CutOptions>();
  command->add_option("IN", options->input, "A .motet file, - for standard input")
      ->required()
      ->type_name("");
  command->add_option("OUT", options->output, "A .motet file, - for standard output")
      ->required()
      ->type_name("");
  AddTime(command, "--start", &options->start, "Where the part begins: 62.5 or 1:02.5");
  CLI::Option* end =
      AddTime(command, "--end", &options->end, "Where it ends (default: the end of IN)");
  const auto duration = std::make_shared<double>(0);
  CLI::Option* length = AddTime(command, "--duration", duration.get(), "Or how long it is");
  length->excludes(end);
  AddStreamModel(command, &options->model);
  AddForce(command, &options->force);
  AddVerbosity(command);
  command->callback([options, duration, length, run] {
    if (length->count() > 0) options->end = options->start + *duration;
    CheckStreamOutput(options->output);
    *run = [options] { return RunCut(*options); };
  });
}

}  // namespace motet::cli
