// A command line, and what it does: for help and manual page.
#pragma once

#include <string>

namespace motet::cli {

struct Example {
  std::string line;
  std::string meaning;
};

}  // namespace motet::cli
