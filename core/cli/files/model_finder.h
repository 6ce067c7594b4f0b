// Where the program finds a model that nobody named.
#pragma once

#include <memory>
#include <string>

#include "motet/model.h"
#include "motet/status.h"

namespace motet::cli {

// `path`, or if it is empty the first of: $MOTET_MODEL; share/motet of the prefix that the program
// lies in; models/ of the source tree that the program was built in; share/motet of the prefix that
// it was configured for. kNotFound names the places.
Result<std::string> FindModel(const std::string& path);

// FindModel and Model::Load.
Result<std::shared_ptr<const Model>> LoadModel(const std::string& path);

}  // namespace motet::cli
