#include "help/text.h"

namespace motet::cli {
namespace {

std::string Join(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// What may follow an option that takes a value; nothing if that may be anything.
std::string Values(const OptionDescription& option) {
  if (option.takes_file()) return "_motet_reply -f";
  if (option.takes_folder()) return "_motet_reply -d";
  if (!option.choices.empty()) return "_motet_reply -W '" + Join(option.choices, " ") + "'";
  return ":";
}

std::string Case(const CommandDescription& command) {
  std::string names;
  std::string text = "    " + command.name + ")\n      case $before in\n";
  for (const OptionDescription& option : command.options) {
    names += (names.empty() ? "" : " ") + Join(option.names, " ");
    if (!option.value.empty())
      text += "        " + Join(option.names, "|") + ") " + Values(option) + "; return ;;\n";
  }
  text += "      esac\n      if [[ $word == -* ]]; then _motet_reply -W '" + names + "'; ";
  std::string words;
  for (const OptionDescription& argument : command.arguments) words += Join(argument.choices, " ");
  text += "else _motet_reply ";
  text += words.empty() ? "-f" : "-W '" + words + "'";
  return text + "; fi ;;\n";
}

}  // namespace

std::string BashCompletion(const ProgramDescription& program) {
  std::string names;
  std::string cases;
  for (const CommandDescription& command : program.commands) {
    names += command.name + " ";
    cases += Case(command);
  }
  for (const OptionDescription& option : program.options) names += Join(option.names, " ") + " ";
  return R"(# Completion of motet for bash, printed by 'motet completion bash'.
_motet_reply() {
  [[ $1 == -W ]] || compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
}
_motet() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _motet_reply -W ')" +
         names + R"('
    return
  fi
  case ${COMP_WORDS[1]} in
)" + cases +
         R"(  esac
}
complete -F _motet motet
)";
}

}  // namespace motet::cli
