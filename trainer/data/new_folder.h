// New folders for clips.
#pragma once

#include <filesystem>

namespace motet::data {

// Makes a folder for clips. Throws std::runtime_error if it is there already and is not an empty
// folder.
void MakeNewFolder(const std::filesystem::path& path);

}  // namespace motet::data
