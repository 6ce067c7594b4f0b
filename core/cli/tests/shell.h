// Command lines of a shell in which `motet` is the program under test.
#pragma once

#include <string>

namespace motet::cli {

// Runs lines of sh in `folder`, which is HOME too, and returns what they print. They are expected
// to succeed.
std::string Shell(const std::string& folder, const std::string& lines);

bool HasProgram(const std::string& name);

}  // namespace motet::cli
