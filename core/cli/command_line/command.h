// A command as CLI11 parses it, with what help and manual page say beyond its options.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "help/example.h"

namespace motet::cli {

class Command : public CLI::App {
 public:
  using CLI::App::App;

  std::vector<std::string> usage;  // after "motet encode"
  std::string details;             // paragraphs below the usage; may be empty
  std::vector<Example> examples;
};

// `summary` is one line.
Command* AddCommand(CLI::App& program, const std::string& name, const std::string& summary);

}  // namespace motet::cli
