#include "files/model_finder.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "console.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "motet.motetmodel";

std::vector<fs::path> Places() {
  std::vector<fs::path> places;
  std::error_code error;
  if (const fs::path program = fs::read_symlink("/proc/self/exe", error); !error) {
    const fs::path folder = program.parent_path();
    places.push_back((folder / "../share/motet" / kFileName).lexically_normal());
    places.push_back(
        (folder / "../../../models" / kFileName).lexically_normal());  // from build/<preset>/bin
  }
  places.push_back(fs::path(MOTET_DATA_FOLDER) / kFileName);
  return places;
}

}  // namespace

Result<std::string> FindModel(const std::string& path) {
  if (!path.empty()) return path;
  if (const char* from_environment = std::getenv("MOTET_MODEL");
      from_environment != nullptr && *from_environment != '\0') {
    return std::string(from_environment);
  }
  std::string tried;
  for (const fs::path& place : Places()) {
    std::error_code error;
    if (fs::is_regular_file(place, error)) return place.string();
    tried += (tried.empty() ? "'" : ", '") + place.string() + "'";
  }
  return Status(StatusCode::kNotFound,
                "no model found (tried " + tried + "); name one with --model or in MOTET_MODEL");
}

Result<std::shared_ptr<const Model>> LoadModel(const std::string& path) {
  const Result<std::string> found = FindModel(path);
  if (!found.ok()) return found.status();
  Result<std::shared_ptr<const Model>> model = Model::Load(*found);
  if (model.ok())
    TellMore("model '" + *found + "', " + (*model)->info().name + " " + (*model)->info().identity);
  return model;
}

}  // namespace motet::cli
