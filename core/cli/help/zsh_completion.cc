#include "help/text.h"

namespace motet::cli {
namespace {

// A word between apostrophes; brackets and colons mean something to _arguments.
std::string Quote(const std::string& text, bool escapes) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (escapes && (c == '[' || c == ']' || c == ':')) quoted += '\\';
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string Inner(const std::string& text) {  // without the apostrophes around
  const std::string quoted = Quote(text, true);
  return quoted.substr(1, quoted.size() - 2);
}

std::string Join(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string Action(const OptionDescription& option) {
  if (!option.choices.empty()) return "(" + Join(option.choices, " ") + ")";
  if (option.takes_folder()) return "_files -/";
  if (option.takes_file()) return "_files";
  return " ";
}

// '(-q --quality)'{-q,--quality}'[text]:N: '
std::string Spec(const OptionDescription& option) {
  std::string spec = option.names.size() > 1
                         ? "'(" + Join(option.names, " ") + ")'{" + Join(option.names, ",") + "}'"
                         : "'" + option.names.front();
  spec += "[" + Inner(option.text) + "]";
  if (!option.value.empty()) spec += ":" + Inner(option.value) + ":" + Action(option);
  return spec + "'";
}

std::string Case(const CommandDescription& command) {
  std::string text = "        " + command.name + ")\n          _arguments \\\n";
  for (const OptionDescription& option : command.options)
    text += "            " + Spec(option) + " \\\n";
  std::string words;
  for (const OptionDescription& argument : command.arguments) words += Join(argument.choices, " ");
  text += "            '*:argument:" + (words.empty() ? "_files" : "(" + words + ")") + "' ;;\n";
  return text;
}

}  // namespace

std::string ZshCompletion(const ProgramDescription& program) {
  std::string commands;
  std::string cases;
  for (const CommandDescription& command : program.commands) {
    commands += "    '" + command.name + ":" + Inner(command.summary) + "'\n";
    cases += Case(command);
  }
  std::string options;
  for (const OptionDescription& option : program.options)
    options += "    " + Spec(option) + " \\\n";
  return R"(#compdef motet
# Completion of motet for zsh, printed by 'motet completion zsh'.
_motet() {
  local context state line
  typeset -A opt_args
  local -a commands
  commands=(
)" + commands +
         R"(  )
  _arguments -C \
)" + options +
         R"(    '1:command:->command' \
    '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
)" + cases +
         R"(      esac ;;
  esac
}
if [[ $funcstack[1] == _motet ]]; then _motet "$@"; else compdef _motet motet; fi
)";
}

}  // namespace motet::cli
