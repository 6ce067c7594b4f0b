// The `motet` program while it runs: for what happens in the middle of its work.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace motet::cli {

class RunningProgram {
 public:
  // Starts the program on the test model, in `folder`, with a pipe as standard input. What it
  // prints goes to `log`.
  RunningProgram(const std::vector<std::string>& arguments, const std::string& folder,
                 const std::string& log = "/dev/null",
                 const std::map<std::string, std::string>& environment = {});
  ~RunningProgram();  // kills it, if it runs still
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void Feed(std::span<const uint8_t> bytes);
  void EndInput();
  void Signal(int signal_number) const;
  // Until it ends. Returns what wait(2) says.
  int Wait();

 private:
  pid_t process_ = -1;
  int input_ = -1;
};

// Waits, for 60 seconds at most, until `condition` holds; false if it never does.
template <typename Condition>
bool WaitUntil(Condition condition) {
  for (int tries = 0; tries < 60000; ++tries) {
    if (condition()) return true;
    usleep(1000);
  }
  return false;
}

}  // namespace motet::cli
