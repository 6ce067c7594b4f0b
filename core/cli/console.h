// What the program tells a person, on standard error. One line may be shown for the time being, and
// goes away before anything else is printed. Thread-safe.
#pragma once

#include <string>

namespace motet::cli {

enum class Verbosity {
  kQuiet,    // errors and warnings
  kNormal,   // and what was done, and how far the work is
  kVerbose,  // and with what it is done, file by file
};
void SetVerbosity(Verbosity verbosity);

void Warn(const std::string& sentence);      // after "motet: "
void Tell(const std::string& sentence);      // not with --quiet
void TellMore(const std::string& sentence);  // only with --verbose

// Only where a person is watching: not with --quiet, nor where standard error is a file or a pipe.
bool ShowsProgress();
void ShowLine(const std::string& text);
void ClearLine();

}  // namespace motet::cli
