#include "help/text.h"

namespace motet::cli {
namespace {

std::string Quote(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string Line(const std::string& condition, const OptionDescription& option) {
  std::string line = "complete -c motet -n " + Quote(condition);
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.takes_file()) {
    line += " -r -F";
  } else if (option.takes_folder()) {
    line += " -x -a '(__fish_complete_directories)'";
  } else if (!option.choices.empty()) {
    line += " -x -a " + Quote(Join(option.choices));
  } else if (!option.value.empty()) {
    line += " -x";
  }
  return line + " -d " + Quote(option.text) + "\n";
}

}  // namespace

std::string FishCompletion(const ProgramDescription& program) {
  std::string script = "# Completion of motet for fish, printed by 'motet completion fish'.\n";
  script += "complete -c motet -f\n";
  for (const OptionDescription& option : program.options)
    script += Line("__fish_use_subcommand", option);
  for (const CommandDescription& command : program.commands) {
    const std::string condition = "__fish_seen_subcommand_from " + command.name;
    script += "complete -c motet -n __fish_use_subcommand -a " + command.name + " -d " +
              Quote(command.summary) + "\n";
    for (const OptionDescription& option : command.options) script += Line(condition, option);
    for (const OptionDescription& argument : command.arguments) {
      script += "complete -c motet -n " + Quote(condition);
      script += argument.choices.empty() ? " -F\n" : " -a " + Quote(Join(argument.choices)) + "\n";
    }
  }
  return script;
}

}  // namespace motet::cli
