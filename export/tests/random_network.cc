#include "random_network.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "model/tensor_storage.h"
#include "random_tensors.h"

namespace motet::exporter {
namespace {

// Spread evenly from `low` to `high`.
Weight Between(std::mt19937& random, const std::vector<int64_t>& shape, double low, double high) {
  Weight weight{shape, testing::EvenlySpread(random, shape, (high - low) / std::sqrt(12.0)).values};
  for (float& value : weight.values) value += static_cast<float>((low + high) / 2);
  return weight;
}

}  // namespace

nlohmann::json SmallConfig() {
  return nlohmann::json::parse(R"({
    "name": "small", "sample_rate": 44100, "channels": 2, "packet": 1024,
    "analysis": {"type": "stft", "window": 512, "hop": 256, "power": 0.4, "epsilon": 1e-8},
    "encoder": {
      "coarse": {"width": 40, "lookahead": [1]},
      "mid": {"width": 32, "lookahead": [0, 2]},
      "fine": {"width": 24, "lookahead": [1, 1]},
      "features": {"width": 8, "kernel": 5, "dilation": 3},
      "latent": {"hidden": 32}
    },
    "quantizer": {"latent": 24, "dim": 6, "entries": 256, "per_level": 3, "context": 2},
    "decoder": {
      "coarse": {"width": 48, "lookahead": [1, 1]},
      "mid": {"width": 40, "lookahead": [1]},
      "fine": {"width": 32, "lookahead": [2, 0, 1]}
    },
    "block": {"kernel": 7, "expansion": 3},
    "conditioning": {"hidden": 16, "chroma": 12, "onset": 1, "timbre": 4},
    "synthesis": {"type": "istft", "window": 512, "hop": 256, "max_log_magnitude": 5.0},
    "tones": {"first": 30, "lines": 201, "count": 8, "step_db": 2.5, "from_quality": 4, "phases": 8, "pans": 5},
    "default_quality": 6
  })");
}

nlohmann::json SmallConfigWithBands() {
  nlohmann::json json = SmallConfig();
  json["decoder"]["fine"]["lookahead"] = {2, 0, 2};  // a delay of 25 hops
  json["bands"] = {
      {"edges", {5, 8, 9, 15, 30, 31, 60, 100, 180}}, {"step_db", 2.5}, {"from_quality", 4}};
  return json;
}

Weights RandomTraining(const ModelConfig& config, uint32_t seed) {
  std::mt19937 random(seed);
  Weights weights;
  for (auto& [name, tensor] : testing::EvenTensors(random, config)) {
    weights[name] = {{tensor.shape.begin(), tensor.shape.end()}, std::move(tensor.values)};
  }
  for (const auto& [name, shape] : FoldedTensors(config)) {
    if (name.ends_with(".scale")) weights[name] = Between(random, shape, 0.1, 0.5);
    if (name.ends_with(".mean")) weights[name] = Between(random, shape, -0.3, 0.3);
    if (name.ends_with(".var")) weights[name] = Between(random, shape, 0.05, 0.4);
  }
  // A spectrum that falls with frequency, loudest near full scale.
  Weight& bias = weights.at("decoder.head.bias");
  const int64_t bins = config.bins();
  for (int64_t channel = 0; channel < 2; ++channel) {
    for (int64_t k = 0; k < bins; ++k) {
      bias.values[static_cast<size_t>(channel * 2 * bins + k)] -=
          1.5F + 3 * static_cast<float>(k) / static_cast<float>(bins);
    }
  }
  for (float& value : weights.at("decoder.head.weight").values) value *= 0.7F;
  return weights;
}

trainer::EntropyModel RandomEntropyModel(const ModelConfig& config,
                                         const std::string& codec_identity, uint32_t seed) {
  std::mt19937 random(seed);
  trainer::EntropyModel model;
  model.sizes = {.embedding = 3, .hidden = 5};
  model.codec_identity = codec_identity;
  for (const auto& [name, shape] : trainer::EntropyShapes(config, model.sizes)) {
    const bool odds = name.starts_with("entropy.tones.") || name == "entropy.bands.levels";
    std::vector<float> values = odds ? Between(random, shape, 0.51, 65535.49).values
                                     : Between(random, shape, -127.49, 127.49).values;
    for (float& value : values) value = std::nearbyint(value) + 0.0F;  // no -0
    model.tensors[name] = {shape, std::move(values)};
  }
  return model;
}

void WriteCheckpoint(const std::string& path, const nlohmann::json& config, const Weights& weights,
                     std::vector<trainer::NamedTensor> more) {
  using trainer::DType;
  std::vector<trainer::NamedTensor> tensors = std::move(more);
  for (const auto& [name, weight] : weights) {
    tensors.push_back(
        trainer::StoreFloats("model." + name, weight.shape, weight.values, DType::kF32));
  }
  const std::vector<float> sums(12, 0.5F);
  tensors.push_back(
      trainer::StoreFloats("model.quantizer.mid.0.ema.sum", {3, 4}, sums, DType::kF32));
  tensors.push_back(
      {"model.quantizer.mid.0.ema.initialised", DType::kI64, {}, std::vector<std::byte>(8)});
  tensors.push_back(
      trainer::StoreFloats("model.encoder.analysis.basis", {3, 4}, sums, DType::kF32));
  tensors.push_back(trainer::StoreFloats("optimizer.0.exp_avg", {12}, sums, DType::kF32));
  tensors.push_back({"rng.cpu", DType::kU8, {7}, std::vector<std::byte>(7)});
  const nlohmann::json meta = {
      {"model", config}, {"step", 1200}, {"audio_seconds", 7104.5}, {"info", {{"data", "a test"}}}};
  trainer::WriteTensorFile(path, meta.dump(), tensors);
}

std::array<std::vector<float>, 2> TestSignal(size_t packets, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::array<std::vector<float>, 2> audio;
  double frequency = 220;
  double phase = 0;
  double decay = 1;
  for (size_t n = 0; n < packets * 1024; ++n) {
    if (n % 5000 == 0) {
      frequency = 80 * std::pow(2.0, 5 * uniform(random));
      decay = 1;
    }
    decay *= 0.9997;
    phase += 2 * 3.14159265 * frequency / 44100;
    const double tone = decay * 0.3 * (std::sin(phase) + 0.4 * std::sin(2 * phase + 1));
    const double click = n % 5000 < 60 ? 0.3 * normal(random) : 0;
    audio[0].push_back(static_cast<float>(tone + click + 0.01 * normal(random)));
    audio[1].push_back(static_cast<float>(0.6 * tone - click + 0.01 * normal(random)));
  }
  return audio;
}

}  // namespace motet::exporter
