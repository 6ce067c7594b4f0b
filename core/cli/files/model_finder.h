// Which model the program works with: the one that encodes, and the one that a stream names.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "files/feeder.h"
#include "motet/model.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

// The model that encodes: `path`, or if it is empty the first of: $MOTET_MODEL, and
// motet.motetmodel in ShippedModelFolders. kNotFound names the places.
Result<std::string> FindModel(const std::string& path);

// FindModel and Model::Load.
Result<std::shared_ptr<const Model>> LoadModel(const std::string& path);

// The models that streams name, each loaded once. Thread-safe.
class ModelFinder {
 public:
  // `named` is for all streams, whatever they name; empty: each finds its own. A named one that
  // cannot be loaded is an error.
  static Result<std::unique_ptr<ModelFinder>> Create(const std::string& named);

  // The model of the stream with this header: $MOTET_MODEL if it is that, else the first in
  // ModelPlaces. kModelMismatch says where it was looked for, and what a registry knows of it.
  // `name` stands for the stream in errors.
  Result<std::shared_ptr<const Model>> Find(const StreamHeader& header, const std::string& name);
  // The same for the stream that begins at `input`; errors are those of Feeder::ReadHeader, too.
  Result<std::shared_ptr<const Model>> Find(Feeder& input, const std::string& path);

 private:
  ModelFinder() = default;
  Result<std::shared_ptr<const Model>> Load(const std::string& path);
  Result<std::shared_ptr<const Model>> Search(const StreamHeader& header, const std::string& name);

  std::shared_ptr<const Model> named_;
  std::mutex mutex_;                                            // of what follows
  std::map<std::string, std::shared_ptr<const Model>> loaded_;  // by path
};

}  // namespace motet::cli
