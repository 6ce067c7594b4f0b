#include "shell.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace motet::cli {

namespace fs = std::filesystem;

std::string Shell(const std::string& folder, const std::string& lines) {
  const fs::path own = folder + ".shell";  // beside it, so that the folder has its own files alone
  fs::create_directories(own / "bin");
  if (!fs::exists(own / "bin/motet"))
    fs::create_symlink(fs::canonical(MOTET_PROGRAM), own / "bin/motet");
  std::ofstream(own / "lines") << lines;
  const std::string command = "cd '" + folder + "' && PATH='" + own.string() +
                              "/bin':$PATH HOME='" + own.string() + "' sh '" + own.string() +
                              "/lines' > '" + own.string() + "/printed' 2>&1";
  const int code = std::system(command.c_str());
  std::ifstream printed(own / "printed");
  const std::string text((std::istreambuf_iterator<char>(printed)), {});
  EXPECT_EQ(code, 0) << lines << "\n" << text;
  fs::remove_all(own);
  return text;
}

bool HasProgram(const std::string& name) {
  return std::system(("command -v " + name + " > /dev/null").c_str()) == 0;
}

}  // namespace motet::cli
