#include "logging/build_info.h"

#include "commit.h"

namespace motet::logging {

std::string ProgramVersion() { return MOTET_VERSION; }
std::string ProgramCommit() { return MOTET_COMMIT; }

}  // namespace motet::logging
