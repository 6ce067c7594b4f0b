#include "folding.h"

#include <cmath>
#include <functional>
#include <stdexcept>

#include "model/tensor_file.h"

namespace motet::exporter {
namespace {

constexpr double kNormEpsilon = 1e-5;

Weight& Find(Weights& weights, const std::string& name, const std::vector<int64_t>& shape) {
  const auto found = weights.find(name);
  if (found == weights.end()) throw std::runtime_error("tensor " + name + " is missing");
  if (found->second.shape != shape) {
    throw std::runtime_error("tensor " + name + " has shape " +
                             trainer::ShapeText(found->second.shape) + ", wanted " +
                             trainer::ShapeText(shape));
  }
  return found->second;
}

// y = Wx + b becomes y' = scale * (y - shift), each per output row.
void Rescale(Weight& weight, Weight& bias, const std::function<double(size_t)>& scale,
             const std::function<double(size_t)>& shift) {
  const size_t rows = bias.values.size();
  const size_t columns = weight.values.size() / rows;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = row * columns; i < (row + 1) * columns; ++i) {
      weight.values[i] = static_cast<float>(weight.values[i] * scale(row));
    }
    bias.values[row] = static_cast<float>((bias.values[row] - shift(row)) * scale(row));
  }
}

void FoldScale(Weights& weights, const std::string& block, int64_t width, int64_t hidden) {
  const Weight scale = Find(weights, block + ".scale", {width});
  Rescale(
      Find(weights, block + ".project.weight", {width, hidden}),
      Find(weights, block + ".project.bias", {width}),
      [&](size_t row) { return scale.values[row]; }, [](size_t) { return 0.0; });
  weights.erase(block + ".scale");
}

void FoldNorm(Weights& weights, const std::string& quantizer, const ModelConfig& config) {
  const int64_t dim = config.quantizer.dim;
  const Weight mean = Find(weights, quantizer + ".norm.mean", {dim});
  const Weight var = Find(weights, quantizer + ".norm.var", {dim});
  Rescale(
      Find(weights, quantizer + ".input.weight", {dim, config.quantizer.latent}),
      Find(weights, quantizer + ".input.bias", {dim}),
      [&](size_t row) { return 1 / std::sqrt(var.values[row] + kNormEpsilon); },
      [&](size_t row) { return mean.values[row]; });
  weights.erase(quantizer + ".norm.mean");
  weights.erase(quantizer + ".norm.var");
}

void FoldBlocks(Weights& weights, const std::string& side,
                const std::array<trainer::LevelConfig, kLevels>& levels,
                const ModelConfig& config) {
  for (int level = 0; level < kLevels; ++level) {
    const int64_t width = levels[level].width;
    for (size_t i = 0; i < levels[level].lookahead.size(); ++i) {
      FoldScale(weights, side + "." + kLevelNames[level] + ".blocks." + std::to_string(i), width,
                config.block.expansion * width);
    }
  }
}

}  // namespace

Weights Fold(Weights training, const ModelConfig& config) {
  std::erase_if(training, [](const auto& entry) {
    const std::string& name = entry.first;
    return name.ends_with(".basis") ||
           (name.starts_with("quantizer.") && name.find(".ema.") != std::string::npos);
  });
  FoldBlocks(training, "encoder", config.encoder.levels, config);
  FoldBlocks(training, "decoder", config.decoder.levels, config);
  for (const char* level : kLevelNames) {
    for (int64_t i = 0; i < config.quantizer.per_level; ++i) {
      FoldNorm(training, std::string("quantizer.") + level + "." + std::to_string(i), config);
    }
  }
  CheckWeights(training, config);
  return training;
}

}  // namespace motet::exporter
