// The `motet` program as a function.
#pragma once

namespace motet::cli {

// Exit codes of the program, stable for scripts.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;  // one sentence on standard error says what and where
inline constexpr int kExitUsage = 2;    // the command line is wrong

// Runs the program and returns its exit code. Results go to standard output, everything else to
// standard error.
int RunMotet(int argc, char** argv);

}  // namespace motet::cli
