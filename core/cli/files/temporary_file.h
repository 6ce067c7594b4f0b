// Files that do not outlive the program, however it ends.
#pragma once

#include <string>

namespace motet::cli {

inline constexpr int kMaxTemporaryFiles = 256;  // at once

// Creates `path`, which must not exist, for reading and writing, and returns its descriptor; -1
// with errno where that fails. Until ForgetTemporaryFile, any signal that ends the program
// removes the file first; but SIGKILL cannot be caught. Thread-safe.
int CreateTemporaryFile(const std::string& path);

// The file has its place, or is gone. Thread-safe.
void ForgetTemporaryFile(const std::string& path);

}  // namespace motet::cli
