// How a person ends a program that trains: the first signal asks it to end well, a second one does
// not wait.
#pragma once

#include <csignal>

namespace motet::trainer {

// The number of the signal that asked for an end; 0 before.
inline volatile std::sig_atomic_t interrupted = 0;

// From here on SIGINT and SIGTERM set `interrupted`, once; then they end the program as usual.
inline void CatchInterrupts() {
  const auto on_signal = [](int signal) {
    interrupted = signal;
    std::signal(signal, SIG_DFL);
  };
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

}  // namespace motet::trainer
