// The commands that tell of the program itself.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "command_line/command.h"
#include "command_line/command_line.h"
#include "help/text.h"

namespace motet::cli {
namespace {

// What CLI11 asks for when it meets --help.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string /*name*/,
                        CLI::AppFormatMode /*mode*/) const override {
    if (const auto* command = dynamic_cast<const Command*>(app); command != nullptr)
      return HelpText(Describe(*command));
    return HelpText(Describe(*app));  // NOLINT(clang-analyzer-core.NonNullParamChecker): never null
  }
};

struct HelpLine {
  std::string command;
  bool manual_page = false;
};

}  // namespace

void SetHelp(CLI::App& program) {
  program.formatter(std::make_shared<HelpFormatter>());
  program.get_help_ptr()->description("Print this help");
  program.set_version_flag("--version", std::string("motet ") + MOTET_VERSION, "Print the version");
}

Command* AddCommand(CLI::App& program, const std::string& name, const std::string& summary) {
  auto command = std::make_shared<Command>(summary, name);
  command->formatter(program.get_formatter());
  command->get_help_ptr()->description("Print this help");
  // Of an option that is given twice the last counts: an alias or a script can be overruled.
  command->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  program.add_subcommand(command);
  return command.get();
}

void AddHelp(CLI::App& program, Runner* run) {
  Command* command = AddCommand(program, "help", "Print help");
  command->usage = {"[COMMAND]"};
  const auto line = std::make_shared<HelpLine>();
  std::string names;  // of all that were added before
  std::vector<std::string> listed;
  for (const CLI::App* other : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (other == command) continue;
    names += (names.empty() ? "" : "|") + other->get_name();
    listed.push_back(other->get_name());
  }
  command->add_option("COMMAND", line->command, "What the help is for")
      ->check(CLI::IsMember(listed))
      ->type_name(names);
  command->add_flag("--man", line->manual_page, "Print the manual page, for man(1)");
  command->callback([line, run, &program] {
    *run = [line, &program]() -> Status {
      if (line->manual_page) {
        fmt::print("{}", ManualPage(Describe(program)));
      } else if (line->command.empty()) {
        fmt::print("{}", HelpText(Describe(program)));
      } else {
        fmt::print("{}", program.get_subcommand(line->command)->help());
      }
      return {};
    };
  });
}

void AddCompletion(CLI::App& program, Runner* run) {
  Command* command = AddCommand(program, "completion", "Print a script that completes in a shell");
  command->usage = {"bash|zsh|fish"};
  command->details =
      "The installation puts these scripts where the shells look for them. Without it, the line "
      "below belongs into the shell's configuration.";
  command->examples = {{"source <(motet completion bash)", "~/.bashrc"},
                       {"source <(motet completion zsh)", "~/.zshrc, after compinit"},
                       {"motet completion fish | source", "~/.config/fish/config.fish"}};
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("bash|zsh|fish");
  command->callback([shell, run, &program] {
    *run = [shell, &program]() -> Status {
      const ProgramDescription described = Describe(program);
      fmt::print("{}", *shell == "bash"  ? BashCompletion(described)
                       : *shell == "zsh" ? ZshCompletion(described)
                                         : FishCompletion(described));
      return {};
    };
  });
}

}  // namespace motet::cli
