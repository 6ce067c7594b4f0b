// The model of the golden files: small, with the ladder of the shipped one and an entropy model.
#pragma once

#include <memory>

#include "motet/model.h"
#include "target.h"

namespace motet::fuzz {

inline const std::shared_ptr<const Model>& GoldenModel() {
  static const std::shared_ptr<const Model> model = [] {
    const Result<std::shared_ptr<const Model>> loaded =
        Model::Load(MOTET_GOLDEN_FILES "/model.motetmodel");
    Require(loaded.ok());
    return *loaded;
  }();
  return model;
}

}  // namespace motet::fuzz
