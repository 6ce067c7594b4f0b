// Strict reading of the JSON that describes a model: every key is known and there, of the right
// type and in range. Nothing is thrown, whatever the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model_config/model_config.h"

namespace motet {

// What a text says, or the first fault in it: one sentence that names the key, the value found and
// what was wanted.
template <typename T>
struct Parsed {
  T value;
  std::string fault;  // empty if there is none

  bool ok() const { return fault.empty(); }
};

// The `model` object of a configuration or a checkpoint. Knows what only the trainer does
// (ModelConfig::synthesis), too.
[[nodiscard]] Parsed<ModelConfig> ParseModelConfig(std::string_view json);

// The whole JSON of a model file.
struct ModelFileConfig {
  ModelConfig model;
  std::string identity;                  // 16 hexadecimal digits
  std::optional<EntropyConfig> entropy;  // absent from files without an entropy model
};

[[nodiscard]] Parsed<ModelFileConfig> ParseModelFileConfig(std::string_view json);

// A number as JSON writes it, for messages: with as many digits as tell it from its neighbours.
[[nodiscard]] std::string NumberText(double number);

}  // namespace motet
