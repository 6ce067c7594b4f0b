#include "running_program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "program.h"
#include "program_arguments.h"

namespace motet::cli {

RunningProgram::RunningProgram(const std::vector<std::string>& arguments, const std::string& folder,
                               const std::string& log,
                               const std::map<std::string, std::string>& environment) {
  const std::string model = TestModelPath();
  const ProgramArguments command(arguments);
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  process_ = fork();
  if (process_ == 0) {
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(ends[0], STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    setenv("MOTET_MODEL", model.c_str(), 1);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    const rlimit no_core{0, 0};  // some of the signals would leave one
    setrlimit(RLIMIT_CORE, &no_core);
    if (chdir(folder.c_str()) != 0) _exit(126);
    execv(command.program(), command.argv());
    _exit(127);
  }
  close(ends[0]);
  input_ = ends[1];
}

RunningProgram::~RunningProgram() {
  EndInput();
  if (process_ < 0) return;
  Signal(SIGKILL);
  Wait();
}

void RunningProgram::Feed(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(input_, bytes.data(), bytes.size());
    if (put <= 0) return;
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
}

void RunningProgram::EndInput() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

void RunningProgram::Signal(int signal_number) const { kill(process_, signal_number); }

int RunningProgram::Wait() {
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  return status;
}

}  // namespace motet::cli
