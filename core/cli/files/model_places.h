// Where models lie, and which of them a file is.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "motet/stream.h"

namespace motet::cli {

inline constexpr const char* kModelFileName = "motet.motetmodel";  // of the one that encodes

// The folders that the program's own models may lie in: share/motet of the prefix that it lies in;
// models/ of the source tree that it was built in; share/motet of the prefix that it was configured
// for.
std::vector<std::filesystem::path> ShippedModelFolders();

// Where the model that a stream names is looked for, in this order: what $MOTET_MODEL_PATH names,
// files or folders with colons between them; the user's folder; those of ShippedModelFolders.
std::vector<std::filesystem::path> ModelPlaces();

// $XDG_DATA_HOME/motet, or ~/.local/share/motet; empty if neither is known.
std::filesystem::path UserModelFolder();

// The file that a place is, or the models in it, by name.
std::vector<std::filesystem::path> ModelsAt(const std::filesystem::path& place);

// What a model file says that it is, without looking at the rest of it.
struct ModelIdentity {
  std::string identity;
  std::string codec_identity;
};
std::optional<ModelIdentity> ReadModelIdentity(const std::filesystem::path& path);

// Whether a stream with this header was made with that model.
bool IsModelOf(const ModelIdentity& model, const StreamHeader& header);

}  // namespace motet::cli
