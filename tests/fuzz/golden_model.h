// The models of the golden files: small, with entropy models; one with the ladder of the shipped
// one, and others with tones and with levels of bands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "motet/model.h"
#include "target.h"

namespace motet::fuzz {

inline std::shared_ptr<const Model> LoadedModel(const std::string& folder) {
  const Result<std::shared_ptr<const Model>> loaded = Model::Load(folder + "/model.motetmodel");
  Require(loaded.ok());
  return *loaded;
}

inline const std::shared_ptr<const Model>& GoldenModel() {
  static const std::shared_ptr<const Model> model = LoadedModel(MOTET_GOLDEN_FILES);
  return model;
}

inline const std::shared_ptr<const Model>& GoldenModelWithTones() {
  static const std::shared_ptr<const Model> model = LoadedModel(MOTET_GOLDEN_FILES "_with_tones");
  return model;
}

// Those tones have phases and pans.
inline const std::shared_ptr<const Model>& GoldenModelWithPlaces() {
  static const std::shared_ptr<const Model> model = LoadedModel(MOTET_GOLDEN_FILES "_with_places");
  return model;
}

// Those, and levels of bands.
inline const std::shared_ptr<const Model>& GoldenModelWithBands() {
  static const std::shared_ptr<const Model> model = LoadedModel(MOTET_GOLDEN_FILES "_with_bands");
  return model;
}

// The one that a stream names, whatever its coding; the one without tones if it names another.
inline const std::shared_ptr<const Model>& GoldenModelOf(std::span<const uint8_t> stream) {
  constexpr size_t kIdentity = 32;  // where it is in the header
  uint64_t named = 0;
  for (size_t i = 0; i < 8 && kIdentity + i < stream.size(); ++i)
    named |= uint64_t{stream[kIdentity + i]} << (8 * i);
  for (const auto& model : {std::cref(GoldenModelWithTones()), std::cref(GoldenModelWithPlaces()),
                            std::cref(GoldenModelWithBands())}) {
    const ModelInfo& info = model.get()->info();
    for (const std::string& identity : {info.identity, info.codec_identity}) {
      if (named == std::stoull(identity, nullptr, 16)) return model;
    }
  }
  return GoldenModel();
}

}  // namespace motet::fuzz
