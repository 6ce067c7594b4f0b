#include "entropy_transfer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace motet::exporter {
namespace {

constexpr float kRounding = 1e-5F;  // of a tensor's largest value

bool DecidesCodes(const std::string& name) {
  return name.starts_with("encoder.") || name.starts_with("quantizer.");
}

bool AreTheSame(const Weight& a, const Weight& b) {
  if (a.shape != b.shape) return false;
  float largest = 0;
  for (const float value : a.values) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < a.values.size(); ++i) {
    if (!(std::abs(a.values[i] - b.values[i]) <= kRounding * largest)) return false;
  }
  return true;
}

}  // namespace

void TakeEntropyModel(TrainedModel& model, const std::string& path, trainer::DType storage) {
  const TrainedModel other = LoadTrainedModel(path);
  if (!other.entropy) throw std::runtime_error(path + ": has no entropy model to take");
  const std::string codec = model.entropy ? model.entropy->codec_identity : model.identity;
  const auto demand = [&](const std::string& name, bool is_same) {
    if (is_same) return;
    throw std::runtime_error(path + ": its entropy model does not fit, because '" + name +
                             "' is not the same there, and codes may be others");
  };
  const nlohmann::json none;
  for (const char* part : {"tones", "bands"})
    demand(part, model.config_json.value(part, none) == other.config_json.value(part, none));
  for (const auto& [name, weight] : model.weights) {
    if (!DecidesCodes(name)) continue;
    const auto found = other.weights.find(name);
    demand(name, found != other.weights.end() &&
                     (AreTheSame(weight, found->second) ||
                      AreTheSame(AsStored(name, weight, storage), found->second)));
  }
  model.entropy = other.entropy;
  model.entropy->codec_identity = codec;
  model.identity = model.entropy->Identity();
}

}  // namespace motet::exporter
