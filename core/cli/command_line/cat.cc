#include <CLI/CLI.hpp>
#include <memory>

#include "command_line/command.h"
#include "command_line/command_line.h"
#include "commands/commands.h"

namespace motet::cli {

void AddCat(CLI::App& program, Runner* run) {
  Command* command = AddCommand(program, "cat", "Join .motet files into one, without a gap");
  command->usage = {"[OPTIONS] IN... OUT"};
  command->details =
      "Nothing is encoded again: OUT decodes to the samples of the first file, followed by those "
      "of the next, into which the first fades for 6 ms; files that were cut apart with motet cut "
      "meet as they were. All must be of the same model, quality and number of channels. Tags that "
      "all have are kept, but for those of a track; each file is a chapter with its title, or else "
      "its name.";
  command->examples = {{"motet cat 01.motet 02.motet 03.motet album.motet", ""}};
  const auto options = std::make_shared<CatOptions>();
  command
      ->add_option("IN", options->inputs,
                   "The .motet files to join, - for standard input, and last of all OUT, - for "
                   "standard output")
      ->required()
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->expected(2, CLI::detail::expected_max_vector_size)
      ->type_name("... OUT");
  AddStreamModel(command, &options->model);
  AddForce(command, &options->force);
  AddVerbosity(command);
  command->callback([options, run] {
    options->output = options->inputs.back();
    options->inputs.pop_back();
    CheckStreamOutput(options->output);
    *run = [options] { return RunCat(*options); };
  });
}

}  // namespace motet::cli
