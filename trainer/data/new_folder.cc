#include "data/new_folder.h"

#include <fmt/format.h>

#include <stdexcept>

namespace motet::data {

void MakeNewFolder(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  if (fs::exists(path) && !(fs::is_directory(path) && fs::is_empty(path))) {
    throw std::runtime_error(fmt::format(
        "{}: is there already and not an empty folder; wanted a new one", path.string()));
  }
  fs::create_directories(path);
}

}  // namespace motet::data
