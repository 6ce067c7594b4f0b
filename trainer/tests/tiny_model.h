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

}  // namespace motet::trainer
