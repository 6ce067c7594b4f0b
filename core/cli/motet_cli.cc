#include "motet_cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "command_line/command_line.h"
#include "console.h"

namespace motet::cli {
namespace {

// Whether what was written first is a command or an option; CLI11 would not name it.
std::string UnknownCommand(const CLI::App& program, int argc, char** argv) {
  std::string names;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (argc > 1 && command->get_name() == argv[1]) return {};
    if (!command->get_group().empty()) names += (names.empty() ? "" : ", ") + command->get_name();
  }
  if (argc < 2) return "a command is missing: there are " + names;
  if (program.get_option_no_throw(argv[1]) != nullptr) return {};
  return fmt::format("'{}' is no command: there are {}", argv[1], names);
}

// The command line as CLI11 takes it, the last word first. "--title=" has an empty value; CLI11
// would take the next word for it.
std::vector<std::string> Words(int argc, char** argv) {
  std::vector<std::string> words;
  for (const std::string word : std::span(argv, static_cast<size_t>(argc)).subspan(1)) {
    const bool has_empty_value = word.starts_with("--") && word.find('=') == word.size() - 1;
    words.push_back(has_empty_value ? word.substr(0, word.size() - 1) : word);
    if (has_empty_value) words.emplace_back();
  }
  std::ranges::reverse(words);
  return words;
}

int Run(int argc, char** argv) {
  CLI::App program("Motet: a neural codec for music", "motet");
  Runner run;
  program.require_subcommand(1);
  SetHelp(program);
  program.failure_message([](const CLI::App* app, const CLI::Error& error) {
    const std::vector<CLI::App*> commands = app->get_subcommands();
    return fmt::format("motet: {} (see motet {}--help)\n", error.what(),
                       commands.empty() ? "" : commands.front()->get_name() + " ");
  });
  for (const auto add : {AddEncode, AddDecode, AddCut, AddCat, AddPlay, AddInfo, AddCompare,
                         AddBench, AddCompletion, AddHelp})
    add(program, &run);
  if (const std::string fault = UnknownCommand(program, argc, argv); !fault.empty()) {
    fmt::print(stderr, "motet: {} (see motet --help)\n", fault);
    return kExitUsage;
  }
  try {
    program.parse(Words(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (program.exit(error) != 0) return kExitUsage;
    run = [] { return Status(); };  // --help and --version are printed
  }
  Status status = run();
  // What was printed must have arrived: a full disk behind standard output is a failure too.
  if (status.ok() && (std::fflush(stdout) != 0 || std::ferror(stdout) != 0))
    status = Status(StatusCode::kIo, "cannot write standard output");
  if (status.ok()) return kExitOk;
  Warn(status.message());
  return kExitFailure;
}

}  // namespace

int RunMotet(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("motet: out of memory\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "motet: %s\n", error.what());
  }
  return kExitFailure;
}

}  // namespace motet::cli
