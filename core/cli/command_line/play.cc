#include <CLI/CLI.hpp>
#include <memory>

#include "command_line/command.h"
#include "command_line/command_line.h"
#include "commands/commands.h"

namespace motet::cli {

void AddPlay(CLI::App& program, Runner* run) {
  Command* command = AddCommand(program, "play", "Play a .motet file, or one on the web");
  command->usage = {"[OPTIONS] FILE|URL"};
  command->details =
      "Plays as soon as the first seconds are there; Ctrl-C ends it. Needs the library SDL 2, and "
      "for a URL the program curl. Damage is concealed, and reported.";
  command->examples = {{"motet play song.motet", ""},
                       {"motet play https://example.org/song.motet", "while it is downloaded"},
                       {"motet encode song.flac - | motet play -", "how it sounds when coded"}};
  const auto options = std::make_shared<PlayOptions>();
  command->add_option("FILE", options->input, "A .motet file, - for standard input, or a URL")
      ->required()
      ->type_name("");
  AddStreamModel(command, &options->model);
  AddVerbosity(command);
  command->callback([options, run] { *run = [options] { return RunPlay(*options); }; });
}

}  // namespace motet::cli
