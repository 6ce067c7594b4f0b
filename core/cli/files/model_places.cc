#include "files/model_places.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "files/input_file.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// docs/FORMAT.md, Model file.
constexpr char kMagic[] = "MOTETMDL";
constexpr size_t kFixedHeader = 64;
constexpr size_t kJsonBytesAt = 12;
constexpr uint32_t kMaxJsonBytes = 1 << 20;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::vector<fs::path> ShippedModelFolders() {
  std::vector<fs::path> folders;
  std::error_code error;
  if (const fs::path program = fs::read_symlink("/proc/self/exe", error); !error) {
    const fs::path folder = program.parent_path();
    folders.push_back((folder / "../share/motet").lexically_normal());
    folders.push_back((folder / "../../../models").lexically_normal());  // from build/<preset>/bin
  }
  if (const fs::path configured = MOTET_DATA_FOLDER;
      std::ranges::find(folders, configured) == folders.end())
    folders.push_back(configured);
  return folders;
}

fs::path UserModelFolder() {
  // A relative one is to be ignored, says the XDG Base Directory Specification.
  if (const fs::path data = Environment("XDG_DATA_HOME"); data.is_absolute()) return data / "motet";
  if (const fs::path home = Environment("HOME"); home.is_absolute())
    return home / ".local/share/motet";
  return {};
}

std::vector<fs::path> ModelPlaces() {
  std::vector<fs::path> places;
  std::istringstream path(Environment("MOTET_MODEL_PATH"));
  for (std::string place; std::getline(path, place, ':');) {
    if (!place.empty()) places.emplace_back(place);
  }
  if (fs::path folder = UserModelFolder(); !folder.empty()) places.push_back(std::move(folder));
  for (fs::path& folder : ShippedModelFolders()) places.push_back(std::move(folder));
  return places;
}

std::vector<fs::path> ModelsAt(const fs::path& place) {
  std::error_code error;
  if (fs::is_regular_file(place, error)) return {place};
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(place, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".motetmodel" && entry->is_regular_file(error))
      files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

std::optional<ModelIdentity> ReadModelIdentity(const fs::path& path) {
  const Result<InputFile> file = InputFile::Open(path.string());
  if (!file.ok() || !file->is_regular()) return std::nullopt;
  std::array<uint8_t, kFixedHeader> header{};
  const Result<size_t> got = file->ReadAt(0, header);
  if (!got.ok() || *got < header.size() ||
      std::memcmp(header.data(), kMagic, sizeof(kMagic) - 1) != 0)
    return std::nullopt;
  uint32_t json_bytes = 0;
  for (size_t i = 4; i-- > 0;) json_bytes = json_bytes << 8 | header[kJsonBytesAt + i];
  if (json_bytes > kMaxJsonBytes) return std::nullopt;
  std::vector<uint8_t> text(json_bytes);
  if (const Result<size_t> read = file->ReadAt(kFixedHeader, text);
      !read.ok() || *read < text.size())
    return std::nullopt;
  const Json json = Json::parse(text, nullptr, false);
  const auto identity = [](const Json& object, const char* key) -> std::string {
    if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return {};
    return object[key].get<std::string>();
  };
  ModelIdentity found{.identity = identity(json, "identity"), .codec_identity = {}};
  if (found.identity.empty()) return std::nullopt;
  found.codec_identity =
      json.contains("entropy") ? identity(json["entropy"], "codec_identity") : found.identity;
  return found;
}

bool IsModelOf(const ModelIdentity& model, const StreamHeader& header) {
  return header.model_identity == model.identity || (header.coding == StreamCoding::kFixedWidth &&
                                                     header.model_identity == model.codec_identity);
}

}  // namespace motet::cli
