// The entropy model as it lies in a model file (docs/FORMAT.md, "Entropy coding"): integer weights,
// their names and ranges, and the identity of a model that has one. No LibTorch here, so the
// exporter needs none.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/tensor_file.h"

namespace motet::trainer {

// What every tensor of an entropy model is called by, and none of the codec.
inline constexpr const char* kEntropyPrefix = "entropy.";

inline constexpr int64_t kEntropyWeightLimit = 127;             // of weights, in either direction
inline constexpr int64_t kEntropyBiasLimit = int64_t{1} << 20;  // of biases
inline constexpr int64_t kSymbolWeightLimit = 65535;  // of symbols beside codes, from 1 on

struct EntropySizes {
  int64_t embedding = 0;  // E: values for a code of context
  int64_t hidden = 0;     // H: values between the two layers
};

struct IntegerTensor {
  std::vector<int64_t> shape;
  std::vector<float> values;  // row-major; integers
};
using IntegerTensors = std::map<std::string, IntegerTensor>;  // as the identity hashes: by name

struct EntropyModel {
  EntropySizes sizes;
  std::string codec_identity;  // 16 hexadecimal digits: of the model without it
  IntegerTensors tensors;      // exactly those of EntropyShapes

  // 16 hexadecimal digits: of the model with it.
  std::string Identity() const;
  // The object `entropy` of the file's JSON.
  nlohmann::json ToJson() const;
  // As stored: weights as int8 with scales of 1, all else as f32.
  std::vector<NamedTensor> Stored() const;
};

// Name and shape of every tensor.
std::map<std::string, std::vector<int64_t>> EntropyShapes(const ModelConfig& config,
                                                          const EntropySizes& sizes);

// Throws std::runtime_error if a size is below 1, beyond what readers take (EntropyConfig), or so
// large that sums would reach 2^24.
void CheckEntropySizes(const EntropySizes& sizes, const ModelConfig& config);

// Throws std::runtime_error naming the first tensor that is missing, unknown, of another shape, or
// has a value that is no integer or out of range.
void CheckEntropyModel(const EntropyModel& model, const ModelConfig& config);

inline bool IsEntropyTensor(const std::string& name) { return name.starts_with(kEntropyPrefix); }

// The entropy model of a model file whose configuration says that there is one. Throws
// std::runtime_error as above, and if a tensor's storage or the file's `identity` is wrong.
EntropyModel ReadEntropyModel(const TensorFile& file, const ModelFileConfig& config);

}  // namespace motet::trainer
