// What the programs beside `motet` have in common: a name, a version, and how they refuse a command
// line.
#pragma once

#include <CLI/App.hpp>
#include <string>

namespace motet::trainer {

inline void NameProgram(CLI::App& app, const std::string& name) {
  app.name(name);
  app.set_version_flag("--version", name + " " MOTET_VERSION_TEXT);
  app.failure_message([name](const CLI::App*, const CLI::Error& error) {
    return name + ": " + error.what() + " (see " + name + " --help)\n";
  });
}

}  // namespace motet::trainer
