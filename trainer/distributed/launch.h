// Starts the ranks of one machine as processes of this program.
#pragma once

#include <cstdint>

namespace motet::trainer {

// A TCP port of this machine that nobody listens on now. Throws std::system_error.
int FreePort();

// True if this process is to start `count` ranks: there are several, and WORLD_SIZE is not set, as
// it is in a process that torchrun, Slurm or LaunchRanks() started. Throws std::runtime_error if
// WORLD_SIZE says another number.
bool IsLauncher(int64_t count);

// Runs this program `count` times with its own arguments and the variables that
// RankFromEnvironment() and JoinRanks() read, and shares the cores between them. SIGINT and SIGTERM
// go on to all. When one fails, the others are told to stop. Returns 0 if all of them did well,
// else the exit code of the first that failed, or 128 + the signal that ended it. Throws
// std::system_error if they cannot be started.
int LaunchRanks(int64_t count, char** arguments);

}  // namespace motet::trainer
