// The model's configuration (model_config/) for code that throws: training, export and their tools.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "model_config/model_config.h"
#include "model_config/parse.h"

namespace motet::trainer {

// Samples of a packet that music features are measured for (losses/music_features.h). Core takes
// others, too.
inline constexpr int64_t kPacketSamples = 1024;

template <typename T>
T ValueOf(Parsed<T> parsed) {
  if (!parsed.ok()) throw std::runtime_error(parsed.fault);
  return std::move(parsed.value);
}

inline void CheckPacket(const ModelConfig& config) {
  if (config.packet == kPacketSamples) return;
  throw std::runtime_error("configuration: 'model.packet' is " + std::to_string(config.packet) +
                           ", wanted " + std::to_string(kPacketSamples) + " for training");
}

// The `model` object of a configuration, a checkpoint or a model file. Throws std::runtime_error
// that names the first key that is missing, unknown, of the wrong type or out of range.
inline ModelConfig ParseModelConfig(const nlohmann::json& json) {
  ModelConfig config = ValueOf(motet::ParseModelConfig(json.dump()));
  CheckPacket(config);
  return config;
}

// The whole JSON of a model file. Throws the same.
inline ModelFileConfig ParseModelFileConfig(const std::string& json) {
  ModelFileConfig config = ValueOf(motet::ParseModelFileConfig(json));
  CheckPacket(config.model);
  return config;
}

}  // namespace motet::trainer
