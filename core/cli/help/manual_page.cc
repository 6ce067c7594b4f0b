#include <sstream>

#include "help/text.h"

namespace motet::cli {
namespace {

// Text as roff takes it: a backslash, a hyphen (which would become a dash), and a point or an
// apostrophe at the beginning of a line mean something there.
std::string Escape(const std::string& text) {
  std::string escaped;
  if (text.starts_with('.') || text.starts_with('\'')) escaped = "\\&";
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string Bold(const std::string& text) { return "\\fB" + Escape(text) + "\\fR"; }
std::string Italic(const std::string& text) { return "\\fI" + Escape(text) + "\\fR"; }

// A term, and what it means.
std::string Entry(const std::string& term, const std::string& text) {
  return ".TP\n" + term + "\n" + Escape(text) + "\n";
}

std::string Entry(const OptionDescription& option) {
  std::string term;
  for (const std::string& name : option.names)
    term += (&name == &option.names.front() ? "" : ", ") + Bold(name);
  if (!option.value.empty()) term += " " + Italic(option.value);
  return Entry(term, option.text);
}

std::string Examples(const std::vector<Example>& examples) {
  std::string text;
  for (const Example& example : examples) text += Entry(Bold(example.line), example.meaning);
  return text;
}

std::string Section(const CommandDescription& command) {
  std::string text = ".SS " + Escape(command.name) + "\n" + Escape(command.summary) + ".\n";
  for (const std::string& usage : command.usage) text += ".PP\n" + Bold(usage) + "\n";
  if (!command.details.empty()) text += ".PP\n" + Escape(command.details) + "\n";
  for (const OptionDescription& argument : command.arguments)
    text += Entry(Italic(argument.names.front()), argument.text);
  for (const OptionDescription& option : command.options) text += Entry(option);
  if (!command.examples.empty()) text += ".PP\nExamples:\n" + Examples(command.examples);
  return text;
}

std::string Facts(const std::vector<Fact>& facts) {
  std::string text;
  for (const Fact& fact : facts) text += Entry(Bold(fact.name), fact.meaning);
  return text;
}

}  // namespace

std::string ManualPage(const ProgramDescription& program) {
  std::string page = R"(.TH MOTET 1 "" "motet )" + program.version + R"(" "User Commands")" + "\n";
  page += ".SH NAME\nmotet \\- a neural codec for music\n";
  page += ".SH SYNOPSIS\n" + Bold("motet") + " " + Italic("COMMAND") + " [" + Italic("ARGUMENTS") +
          "]\n";
  page += ".SH DESCRIPTION\n" + Escape(program.summary) +
          ". Results go to standard output, everything else to standard error.\n";
  for (const OptionDescription& option : program.options) page += Entry(option);
  page += ".SH COMMANDS\n";
  for (const CommandDescription& command : program.commands) page += Section(command);
  page += ".SH EXAMPLES\n" + Examples(ProgramExamples());
  page += ".SH ENVIRONMENT\n" + Facts(EnvironmentVariables());
  page += ".SH \"EXIT STATUS\"\n" + Facts(ExitCodes());
  return page;
}

}  // namespace motet::cli
