#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "help/text.h"

namespace motet::cli {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kWidestTerm = 24;  // a wider one has a line of its own

// Words in lines of kColumns, the first of which begins at column `at`, the others at `indent`.
std::string Wrap(const std::string& text, size_t at, size_t indent) {
  std::string lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (at + word.size() > kColumns && !lines.empty()) {
      lines.back() = '\n';
      lines += std::string(indent, ' ');
      at = indent;
    }
    lines += word + " ";
    at += word.size() + 1;
  }
  if (!lines.empty()) lines.pop_back();
  return lines + "\n";
}

struct Row {
  std::string term;
  std::string text;
};

// Two columns.
std::string Table(const std::vector<Row>& rows) {
  size_t widest = 0;
  for (const Row& row : rows) {
    if (row.term.size() <= kWidestTerm) widest = std::max(widest, row.term.size());
  }
  const size_t column = 2 + widest + 2;
  std::string table;
  for (const Row& row : rows) {
    std::string line = "  " + row.term;
    if (line.size() + 2 > column) {
      table += line + "\n";
      line.clear();
    }
    line.resize(column, ' ');
    table += line + Wrap(row.text, column, column);
  }
  return table;
}

std::string Term(const OptionDescription& option) {
  // Without a short name, long names still stand below each other.
  std::string term = option.names.front().starts_with("--") ? "    " : "";
  for (const std::string& name : option.names)
    term += (&name == &option.names.front() ? "" : ", ") + name;
  return option.value.empty() ? term : term + " " + option.value;
}

std::string OptionTable(const std::vector<OptionDescription>& options) {
  std::vector<Row> rows;
  std::vector<Row> groups;  // what belongs together, in brief
  for (const OptionDescription& option : options) {
    if (option.group.empty()) {
      rows.push_back({Term(option), option.text});
      continue;
    }
    if (groups.empty() || groups.back().term != option.group) groups.push_back({option.group, ""});
    std::string& text = groups.back().text;
    // The value is that of all names before it, too.
    const bool continues = !text.empty() && text.ends_with(" " + option.value);
    if (continues) text.resize(text.size() - option.value.size() - 1);
    text += (text.empty() ? "" : ", ") + option.names.back();
    if (!option.value.empty()) text += " " + option.value;
  }
  std::string table = Table(rows);
  for (const Row& group : groups) {
    const std::string term = "  " + group.term + ": ";
    table += term + Wrap(group.text, term.size(), 4);
  }
  return table;
}

std::string ExampleTable(const std::vector<Example>& examples) {
  std::vector<Row> rows;
  rows.reserve(examples.size());
  for (const Example& example : examples) rows.push_back({example.line, example.meaning});
  std::string table;
  size_t widest = 0;
  for (const Row& row : rows) widest = std::max(widest, row.term.size());
  for (const Row& row : rows) {
    table += row.text.empty() ? "  " + row.term + "\n"
                              : fmt::format("  {:<{}}  {}\n", row.term, widest, row.text);
  }
  return table;
}

}  // namespace

std::string HelpText(const CommandDescription& command) {
  std::string text = command.summary + "\n\n";
  for (const std::string& usage : command.usage)
    text += (&usage == &command.usage.front() ? "Usage: " : "       ") + usage + "\n";
  if (!command.details.empty()) text += "\n" + Wrap(command.details, 0, 0);
  if (!command.arguments.empty()) {
    std::vector<Row> rows;
    for (const OptionDescription& argument : command.arguments)
      rows.push_back({argument.names.front(), argument.text});
    text += "\n" + Table(rows);
  }
  text += "\n" + OptionTable(command.options);
  if (!command.examples.empty()) text += "\nExamples:\n" + ExampleTable(command.examples);
  return text;
}

std::string HelpText(const ProgramDescription& program) {
  std::string text = program.summary + "\n\nUsage: motet COMMAND [ARGUMENTS]\n\nCommands:\n";
  std::vector<Row> rows;
  for (const CommandDescription& command : program.commands)
    rows.push_back({command.name, command.summary});
  text += Table(rows) + "\n" + OptionTable(program.options);
  text += "\nExamples:\n" + ExampleTable(ProgramExamples());
  rows.clear();
  for (const Fact& code : ExitCodes()) rows.push_back({code.name, code.meaning});
  text += "\nExit codes:\n" + Table(rows);
  return text + "\n'motet COMMAND --help' has more; 'man motet' has it all.\n";
}

}  // namespace motet::cli
