// A folder for a test to work in, and programs that are run there.
#pragma once

#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace motet::testing {

// A new empty folder that vanishes with the object.
class WorkFolder {
 public:
  WorkFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "motet-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error(name + ": cannot be made");
    path_ = name;
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  // Files in it and in its folders.
  size_t Files() const {
    size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
      files += entry.is_regular_file();
    return files;
  }

  // Runs a line of the shell in the folder. Returns the exit code; all output is in `said`.
  int Run(const std::string& line, std::string& said) const {
    const std::string command = "cd '" + path_.string() + "' && " + line + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    said.clear();
    char buffer[256];
    while (fgets(buffer, sizeof buffer, pipe) != nullptr) said += buffer;
    return WEXITSTATUS(pclose(pipe));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace motet::testing
