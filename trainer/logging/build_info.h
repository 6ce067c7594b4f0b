// Which program made a run.
#pragma once

#include <string>

namespace motet::logging {

// "0.1.0"
std::string ProgramVersion();
// The commit that was built, 40 hex digits, with "-modified" behind it when tracked files differed
// from it; "unknown" when built outside of a Git repository.
std::string ProgramCommit();

}  // namespace motet::logging
