#include "data/new_folder.h"

#include <fmt/format.h>

#include <stdexcept>
#include <system_error>

namespace motet::data {

namespace fs = std::filesystem;

namespace {

fs::path WithoutTrailingSlash(const fs::path& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

}  // namespace

void CheckNewFolder(const fs::path& path) {
  if (fs::exists(path) && !(fs::is_directory(path) && fs::is_empty(path))) {
    throw std::runtime_error(fmt::format(
        "{}: is there already and not an empty folder; wanted a new one", path.string()));
  }
}

void MakeNewFolder(const fs::path& path) {
  CheckNewFolder(path);
  fs::create_directories(path);
}

PendingFolder::PendingFolder(const fs::path& out)
    : out_(WithoutTrailingSlash(out)), partial_(out_) {
  partial_ += ".partial";
  std::error_code error;
  fs::remove_all(partial_, error);
  fs::create_directories(partial_, error);
  if (error) {
    throw std::runtime_error(partial_.string() + ": cannot create: " + error.message());
  }
}

PendingFolder::~PendingFolder() {
  std::error_code error;
  fs::remove_all(partial_, error);
}

void PendingFolder::Commit() {
  fs::path old = out_;
  old += ".old";
  std::error_code error;
  fs::remove_all(old, error);
  fs::rename(out_, old, error);  // It need not exist.
  fs::rename(partial_, out_, error);
  if (error) throw std::runtime_error(out_.string() + ": cannot create: " + error.message());
  fs::remove_all(old, error);
}

}  // namespace motet::data
