#include "help/description.h"

#include <CLI/CLI.hpp>
#include <sstream>

#include "command_line/command.h"

namespace motet::cli {
namespace {

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

OptionDescription Describe(const CLI::Option& option) {
  OptionDescription description;
  for (const std::string& name : option.get_snames()) description.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) description.names.push_back("--" + name);
  if (option.get_positional()) description.names = {option.get_single_name()};
  description.text = option.get_description();
  if (option.get_group() != "Options") description.group = option.get_group();
  // CLI11 puts what its checks want behind a colon; the text says it already.
  if (option.get_items_expected_max() > 0)
    description.value = Split(option.get_type_name() + ":", ':').front();
  if (description.value.find('|') != std::string::npos)
    description.choices = Split(description.value, '|');
  return description;
}

std::vector<OptionDescription> Options(const CLI::App& app, bool positional) {
  std::vector<OptionDescription> options;
  for (const CLI::Option* option :
       app.get_options([](const CLI::Option* o) { return !o->get_group().empty(); })) {
    if (option->get_positional() == positional) options.push_back(Describe(*option));
  }
  return options;
}

}  // namespace

CommandDescription Describe(const Command& command) {
  CommandDescription description{.name = command.get_name(),
                                 .summary = command.get_description(),
                                 .details = command.details,
                                 .usage = {},
                                 .arguments = Options(command, true),
                                 .options = Options(command, false),
                                 .examples = command.examples};
  for (const std::string& form : command.usage)
    description.usage.push_back("motet " + description.name + (form.empty() ? "" : " ") + form);
  return description;
}

ProgramDescription Describe(const CLI::App& program) {
  ProgramDescription description{.name = program.get_name(),
                                 .version = MOTET_VERSION,
                                 .summary = program.get_description(),
                                 .options = Options(program, false),
                                 .commands = {}};
  for (const CLI::App* app : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (const auto* command = dynamic_cast<const Command*>(app); command != nullptr)
      description.commands.push_back(Describe(*command));
  }
  return description;
}

const std::vector<Fact>& EnvironmentVariables() {
  static const std::vector<Fact> facts = {
      {"MOTET_MODEL",
       "the model file that encodes, and decodes its streams, where --model names none"},
      {"MOTET_MODEL_PATH", "model files, and folders of them, for streams that name other models"},
      {"TMPDIR", "folder for audio from a pipe, where its format can only be read from a file"},
  };
  return facts;
}

const std::vector<Fact>& ExitCodes() {
  static const std::vector<Fact> facts = {
      {"0", "success"},
      {"1", "something failed; standard error says what and where"},
      {"2", "the command line is wrong"},
  };
  return facts;
}

const std::vector<Example>& ProgramExamples() {
  static const std::vector<Example> examples = {
      {"motet encode song.flac", "song.motet, beside it"},
      {"motet encode -o coded music", "a whole collection, in a tree of its own"},
      {"motet decode song.motet song.wav", "and back again"},
  };
  return examples;
}

}  // namespace motet::cli
