#include "entropy/entropy_model.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>

#include "entropy/coded_quantizer.h"
#include "model/fnv1a.h"
#include "model/tensor_storage.h"
#include "model_config/band_symbols.h"
#include "model_config/tone_symbols.h"

namespace motet::trainer {
namespace {

constexpr int64_t kCodes = 256;
constexpr int64_t kExactSums = int64_t{1} << 24;  // below it, integers are exact in f32

[[noreturn]] void FailTensor(const std::string& name, const std::string& what) {
  throw std::runtime_error("tensor " + name + " " + what);
}

int64_t LongestContext(const ModelConfig& config) {
  size_t longest = 0;
  for (const CodedQuantizer& each : CodedQuantizers(config))
    longest = std::max(longest, each.context.size());
  return static_cast<int64_t>(longest);
}

// The most inputs that a layer may have.
int64_t MostInputs() {
  return (kExactSums - kEntropyBiasLimit - 1) / (kEntropyWeightLimit * kEntropyWeightLimit);
}

// Whether a tensor is the weights of symbols that packets carry beside codes.
bool IsOfSymbols(const std::string& name) {
  return name.starts_with("entropy.tones.") || name == kBandTable;
}

// Biases and weights of symbols are stored as f32, everything else as int8.
bool IsFloat(const std::vector<int64_t>& shape) { return shape.size() == 1; }

// The least and the greatest value of a tensor.
std::pair<int64_t, int64_t> RangeOf(const std::string& name, const std::vector<int64_t>& shape) {
  if (IsOfSymbols(name)) return {1, kSymbolWeightLimit};
  const int64_t limit = shape.size() == 1 ? kEntropyBiasLimit : kEntropyWeightLimit;
  return {-limit, limit};
}

void CheckValues(const std::string& name, const IntegerTensor& tensor) {
  const auto [least, greatest] = RangeOf(name, tensor.shape);
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    const float value = tensor.values[i];
    if (value == std::nearbyint(value) && value >= static_cast<float>(least) &&
        value <= static_cast<float>(greatest))
      continue;
    FailTensor(name, "has " + std::to_string(value) + " as value " + std::to_string(i) +
                         ", wanted an integer from " + std::to_string(least) + " to " +
                         std::to_string(greatest));
  }
}

}  // namespace

std::string EntropyModel::Identity() const {
  Fnv1a hash;
  hash.Add(std::as_bytes(std::span(codec_identity)));
  for (const auto& [name, tensor] : tensors) {
    hash.Add(std::as_bytes(std::span(name)));
    hash.Add(std::as_bytes(std::span(tensor.values)));
  }
  return hash.digits();
}

nlohmann::json EntropyModel::ToJson() const {
  return {
      {"embedding", sizes.embedding}, {"hidden", sizes.hidden}, {"codec_identity", codec_identity}};
}

std::vector<NamedTensor> EntropyModel::Stored() const {
  std::vector<NamedTensor> stored;
  for (const auto& [name, tensor] : tensors) {
    stored.push_back(IsFloat(tensor.shape)
                         ? StoreFloats(name, tensor.shape, tensor.values, DType::kF32)
                         : StoreIntegers(name, tensor.shape, tensor.values));
  }
  return stored;
}

std::map<std::string, std::vector<int64_t>> EntropyShapes(const ModelConfig& config,
                                                          const EntropySizes& sizes) {
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const CodedQuantizer& each : CodedQuantizers(config)) {
    const std::string name = kEntropyPrefix + each.name();
    const auto context = static_cast<int64_t>(each.context.size());
    shapes[name + ".embedding"] = {kCodes + 1, sizes.embedding};
    shapes[name + ".hidden.weight"] = {sizes.hidden, context * sizes.embedding};
    shapes[name + ".hidden.bias"] = {sizes.hidden};
    shapes[name + ".output.weight"] = {kCodes, sizes.hidden};
    shapes[name + ".output.bias"] = {kCodes};
  }
  if (config.tones) {
    for (const ToneTable& table : ToneTables(*config.tones)) {
      if (table.contexts > 0) shapes[table.tensor()] = {static_cast<int64_t>(table.size())};
    }
  }
  if (config.bands) shapes[kBandTable] = {static_cast<int64_t>(kBandContexts * kBandSymbols)};
  return shapes;
}

void CheckEntropySizes(const EntropySizes& sizes, const ModelConfig& config) {
  const auto check = [](const char* what, int64_t size, int64_t most) {
    if (size >= 1 && size <= most) return;
    throw std::runtime_error("the entropy model's " + std::string(what) + " is " +
                             std::to_string(size) + ", wanted 1 to " + std::to_string(most));
  };
  check("embedding", sizes.embedding,
        std::min(EntropyConfig::kMaxEmbedding, MostInputs() / LongestContext(config)));
  check("hidden", sizes.hidden, std::min(EntropyConfig::kMaxHidden, MostInputs()));
}

void CheckEntropyModel(const EntropyModel& model, const ModelConfig& config) {
  CheckEntropySizes(model.sizes, config);
  const auto shapes = EntropyShapes(config, model.sizes);
  for (const auto& [name, shape] : shapes) {
    const auto found = model.tensors.find(name);
    if (found == model.tensors.end())
      FailTensor(name, "is missing, wanted shape " + ShapeText(shape));
    if (found->second.shape != shape) {
      FailTensor(name,
                 "has shape " + ShapeText(found->second.shape) + ", wanted " + ShapeText(shape));
    }
    CheckValues(name, found->second);
  }
  for (const auto& [name, tensor] : model.tensors) {
    if (!shapes.contains(name)) FailTensor(name, "does not belong to this configuration");
  }
}

EntropyModel ReadEntropyModel(const TensorFile& file, const ModelFileConfig& config) {
  EntropyModel model;
  const EntropyConfig& entropy = config.entropy.value();
  model.sizes = {.embedding = entropy.embedding, .hidden = entropy.hidden};
  model.codec_identity = entropy.codec_identity;
  for (const NamedTensor& tensor : file.tensors) {
    if (!IsEntropyTensor(tensor.name)) continue;
    const DType wanted = IsFloat(tensor.shape) ? DType::kF32 : DType::kInt8;
    if (tensor.dtype != wanted) {
      FailTensor(tensor.name, std::string("is stored as ") + DTypeName(tensor.dtype) + ", wanted " +
                                  DTypeName(wanted));
    }
    model.tensors[tensor.name] = {tensor.shape, LoadFloats(tensor)};
  }
  CheckEntropyModel(model, config.model);
  if (config.identity != model.Identity()) {
    throw std::runtime_error("'identity' is '" + config.identity +
                             "', but its entropy model and '" + model.codec_identity +
                             "' make it '" + model.Identity() + "'");
  }
  return model;
}

}  // namespace motet::trainer
