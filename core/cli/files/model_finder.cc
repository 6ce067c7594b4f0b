#include "files/model_finder.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "console.h"
#include "errors.h"
#include "files/model_places.h"
#include "files/model_registry.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

// $MOTET_MODEL, or nothing.
std::string ModelOfEnvironment() {
  const char* path = std::getenv("MOTET_MODEL");
  return path == nullptr ? "" : path;
}

// What the first registry that knows the model says of it.
std::string WhatIsKnownOf(const std::string& identity) {
  for (const fs::path& place : ModelPlaces()) {
    const std::string path = (place / kRegistryFileName).string();
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    const Result<std::vector<RegisteredModel>> models = ReadRegistry(path);
    if (!models.ok()) {
      Warn(models.status().message());
      continue;
    }
    if (std::string known = DescribeModel(*models, identity); !known.empty()) return known;
  }
  return "no registry knows that model";
}

Status NoModel(const StreamHeader& header, const std::string& name) {
  std::string places;
  for (const fs::path& place : ModelPlaces())
    places += (places.empty() ? "'" : ", '") + place.string() + "'";
  const std::string folder = UserModelFolder().string();
  return {StatusCode::kModelMismatch,
          fmt::format("{} was encoded with model {}, which is not in {}; {}; put its file {}, or "
                      "name it with --model",
                      InputName(name), header.model_identity, places,
                      WhatIsKnownOf(header.model_identity),
                      folder.empty() ? "where MOTET_MODEL_PATH says" : "into '" + folder + "'")};
}

}  // namespace

Result<std::string> FindModel(const std::string& path) {
  if (!path.empty()) return path;
  if (std::string from_environment = ModelOfEnvironment(); !from_environment.empty())
    return from_environment;
  std::string tried;
  for (const fs::path& folder : ShippedModelFolders()) {
    const std::string place = (folder / kModelFileName).string();
    std::error_code error;
    if (fs::is_regular_file(place, error)) return place;
    tried += (tried.empty() ? "'" : ", '") + place + "'";
  }
  return Status(StatusCode::kNotFound,
                "no model found (tried " + tried + "); name one with --model or in MOTET_MODEL");
}

Result<std::shared_ptr<const Model>> LoadModel(const std::string& path) {
  const Result<std::string> found = FindModel(path);
  if (!found.ok()) return found.status();
  Result<std::shared_ptr<const Model>> model = Model::Load(*found);
  if (!model.ok() && path.empty() && *found == ModelOfEnvironment())
    return Status(model.status().code(), "MOTET_MODEL: " + model.status().message());
  if (model.ok())
    TellMore("model '" + *found + "', " + (*model)->info().name + " " + (*model)->info().identity);
  return model;
}

Result<std::unique_ptr<ModelFinder>> ModelFinder::Create(const std::string& named) {
  std::unique_ptr<ModelFinder> finder(new ModelFinder());
  if (!named.empty()) {
    Result<std::shared_ptr<const Model>> model = LoadModel(named);
    if (!model.ok()) return model.status();
    finder->named_ = std::move(*model);
  }
  return finder;
}

Result<std::shared_ptr<const Model>> ModelFinder::Find(const StreamHeader& header,
                                                       const std::string& name) {
  if (named_ != nullptr) return named_;
  const std::lock_guard lock(mutex_);
  return Search(header, name);
}

Result<std::shared_ptr<const Model>> ModelFinder::Find(Feeder& input, const std::string& path) {
  const Result<StreamHeader> header = input.ReadHeader(StreamName(path));
  if (!header.ok()) return header.status();
  return Find(*header, path);
}

Result<std::shared_ptr<const Model>> ModelFinder::Load(const std::string& path) {
  std::shared_ptr<const Model>& model = loaded_[path];
  if (model != nullptr) return model;
  Result<std::shared_ptr<const Model>> loaded = LoadModel(path);
  if (loaded.ok()) model = *loaded;
  return loaded;
}

Result<std::shared_ptr<const Model>> ModelFinder::Search(const StreamHeader& header,
                                                         const std::string& name) {
  if (const std::string path = ModelOfEnvironment(); !path.empty()) {
    Result<std::shared_ptr<const Model>> model = Load(path);
    if (!model.ok()) return model;
    const ModelInfo& info = (*model)->info();
    if (IsModelOf({info.identity, info.codec_identity}, header)) return model;
  }
  Status first;  // what is wrong with the first file that says it is the model
  for (const fs::path& place : ModelPlaces()) {
    for (const fs::path& file : ModelsAt(place)) {
      const std::optional<ModelIdentity> identity = ReadModelIdentity(file);
      if (!identity) TellMore("'" + file.string() + "' is no model");
      if (!identity || !IsModelOf(*identity, header)) continue;
      Result<std::shared_ptr<const Model>> model = Load(file.string());
      if (model.ok()) return model;
      if (first.ok()) first = model.status();
    }
  }
  return first.ok() ? NoModel(header, name) : first;
}

}  // namespace motet::cli
