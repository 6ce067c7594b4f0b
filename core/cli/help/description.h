// The command line as data, read off the options that CLI11 parses: help, manual page and shell
// completion are written from it, and so cannot differ from what the program takes.
#pragma once

#include <string>
#include <vector>

#include "help/example.h"

// CLI11's header takes seconds of every source that includes it.
namespace CLI {
class App;
}

namespace motet::cli {

class Command;

struct OptionDescription {
  std::vector<std::string> names;    // "-q", "--quality"
  std::string value;                 // "N", "FILE", "wav|flac"; empty: a flag
  std::vector<std::string> choices;  // "wav", "flac": all that `value` may be; empty: anything
  std::string text;
  std::string group;  // empty: the ordinary options; others are told in brief by the help
  bool takes_file() const { return value == "FILE"; }
  bool takes_folder() const { return value == "DIR"; }
};

struct CommandDescription {
  std::string name;  // "encode"
  std::string summary;
  std::string details;
  std::vector<std::string> usage;            // "motet encode IN OUT"
  std::vector<OptionDescription> arguments;  // `names` has one: "FILE"
  std::vector<OptionDescription> options;
  std::vector<Example> examples;
};

struct ProgramDescription {
  std::string name;
  std::string version;
  std::string summary;
  std::vector<OptionDescription> options;
  std::vector<CommandDescription> commands;
};

CommandDescription Describe(const Command& command);
ProgramDescription Describe(const CLI::App& program);

// What holds for every command; printed by help and manual page.
struct Fact {
  std::string name;
  std::string meaning;
};
const std::vector<Fact>& EnvironmentVariables();
const std::vector<Fact>& ExitCodes();
const std::vector<Example>& ProgramExamples();

}  // namespace motet::cli
