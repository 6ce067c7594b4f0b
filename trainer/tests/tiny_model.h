// A model configuration small enough for tests, of the full structure.
#pragma once

#include <nlohmann/json.hpp>

#include "model/config.h"

namespace motet::trainer {

inline nlohmann::json TinyModelJson() {
  return nlohmann::json::parse(R"({
    "name": "tiny", "sample_rate": 44100, "channels": 2, "packet": 1024,
    "analysis": {"type": "stft", "window": 512, "hop": 256, "power": 0.4, "epsilon": 1e-8},
    "encoder": {
      "coarse": {"width": 32, "lookahead": [1]},
      "mid": {"width": 32, "lookahead": [0]},
      "fine": {"width": 32, "lookahead": [1]},
      "features": {"width": 16, "kernel": 7, "dilation": 4},
      "latent": {"hidden": 32}
    },
    "quantizer": {"latent": 16, "dim": 8, "entries": 256, "per_level": 4, "context": 2},
    "decoder": {
      "coarse": {"width": 32, "lookahead": [0]},
      "mid": {"width": 32, "lookahead": [1]},
      "fine": {"width": 32, "lookahead": [1]}
    },
    "block": {"kernel": 7, "expansion": 2},
    "conditioning": {"hidden": 16, "chroma": 12, "onset": 1, "timbre": 4},
    "synthesis": {"type": "istft", "window": 512, "hop": 256, "max_log_magnitude": 5.0},
    "default_quality": 6
  })");
}

inline ModelConfig TinyModel() { return ParseModelConfig(TinyModelJson()); }

// With a single codebook in each level.
inline ModelConfig OneCodebookModel() {
  auto config = TinyModel();
  config.quantizer.per_level = config.quantizer.context = 1;
  return config;
}

// The same with tones, whose keys `changes` may set to other values.
inline nlohmann::json TinyModelWithTonesJson(
    const nlohmann::json& changes = nlohmann::json::object()) {
  auto json = TinyModelJson();
  json["tones"] = {
      {"first", 40}, {"lines", 240}, {"count", 4}, {"step_db", 6}, {"from_quality", 6}};
  json["tones"].update(changes);
  return json;
}

// With levels of five bands besides, whose keys `changes` may set to other values.
inline nlohmann::json WithBandsJson(nlohmann::json model,
                                    const nlohmann::json& changes = nlohmann::json::object()) {
  model["bands"] = {{"edges", {12, 18, 26, 40, 64, 110}}, {"step_db", 3}, {"from_quality", 6}};
  model["bands"].update(changes);
  return model;
}

// With a ladder of its own, as in model_config/tests/support/random_tensors.h.
inline nlohmann::json WithLadderJson(nlohmann::json model, const char* ladder) {
  model["ladder"] = nlohmann::json::parse(ladder);
  return model;
}

}  // namespace motet::trainer
