// Help for a terminal of 80 columns, the manual page, and completion scripts for shells.
#pragma once

#include <string>

#include "help/description.h"

namespace motet::cli {

std::string HelpText(const ProgramDescription& program);
std::string HelpText(const CommandDescription& command);

// One page for all commands, in the macros of man(7).
std::string ManualPage(const ProgramDescription& program);

std::string BashCompletion(const ProgramDescription& program);
std::string ZshCompletion(const ProgramDescription& program);
std::string FishCompletion(const ProgramDescription& program);

}  // namespace motet::cli
