// What a Model holds; private to core/src.
#pragma once

#include <string>

#include "config.h"
#include "motet/model.h"
#include "weights.h"

namespace motet {

struct Model::Data {
  core::ModelConfig config;
  ModelInfo info;
  std::string config_json;
  // Complete since loading: builders of encoders and decoders only look things up.
  mutable core::Weights weights;
};

namespace core {

// Packets that one step of a network takes at most: long enough for matrix products at full speed,
// short enough for the activations to stay in the cache.
inline constexpr size_t kMaxBatchPackets = 32;

// The quality meant by an option (0 = the model's default), or kInvalidArgument.
Result<int> ResolveQuality(const Model& model, int quality);
// kInvalidArgument unless it is 1 or 2.
Status CheckChannels(int channels);

}  // namespace core
}  // namespace motet
