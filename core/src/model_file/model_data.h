// What a Model holds; private to core/src.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "arithmetic/buffer.h"
#include "model_config/parse.h"
#include "model_file/tensor_file.h"
#include "model_file/weights.h"
#include "motet/model.h"

namespace motet {

struct Model::Data {
  Data(std::shared_ptr<const uint8_t> file_bytes, core::TensorFile parsed,
       ModelFileConfig parsed_config, const std::string& name)
      : bytes(std::move(file_bytes)),
        file(std::move(parsed)),
        config(std::move(parsed_config.model)),
        entropy(std::move(parsed_config.entropy)),
        config_json(file.json()),
        weights(&file, name) {}

  const std::shared_ptr<const uint8_t> bytes;  // what `file` looks into
  const core::TensorFile file;
  const ModelConfig config;
  const std::optional<EntropyConfig> entropy;
  const std::string config_json;
  // Checked when loaded; what a part of the codec needs is packed when it is first built.
  mutable core::Weights weights;
  ModelInfo info;
};

namespace core {

// The most packets that one step of a network takes: enough for matrix products at full speed, few
// enough for the activations to stay in the cache. XNNPACK's kernels take 7 rows at once with
// AVX-512 and 4 as WebAssembly; a product of 28 rows has no remainder with either.
inline constexpr size_t kMaxBatchPackets = 28;

// The quality meant by an option (0 = the model's default), or kInvalidArgument.
Result<int> ResolveQuality(const Model& model, int quality);
// kInvalidArgument unless it is 1 or 2.
Status CheckChannels(int channels);

}  // namespace core
}  // namespace motet
