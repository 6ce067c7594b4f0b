#include "architecture.h"

#include <stdexcept>

#include "model/tensor_file.h"

namespace motet::exporter {
namespace {

using Shapes = std::map<std::string, std::vector<int64_t>>;

void AddLinear(Shapes& shapes, const std::string& name, int64_t in, int64_t out) {
  shapes[name + ".weight"] = {out, in};
  shapes[name + ".bias"] = {out};
}

void AddDepthwise(Shapes& shapes, const std::string& name, int64_t kernel, int64_t channels) {
  shapes[name + ".weight"] = {kernel, channels};
  shapes[name + ".bias"] = {channels};
}

void AddBlocks(Shapes& shapes, const std::string& name, const trainer::LevelConfig& level,
               const ModelConfig& config) {
  for (size_t i = 0; i < level.lookahead.size(); ++i) {
    const std::string block = name + ".blocks." + std::to_string(i);
    const int64_t hidden = config.block.expansion * level.width;
    AddDepthwise(shapes, block + ".depthwise", config.block.kernel, level.width);
    AddLinear(shapes, block + ".expand", level.width, hidden);
    AddLinear(shapes, block + ".project", hidden, level.width);
  }
}

void AddEncoder(Shapes& shapes, const ModelConfig& config) {
  const auto& levels = config.encoder.levels;
  const int64_t latent = config.quantizer.latent;
  AddLinear(shapes, "encoder.embed", 2 * config.analysis.window, levels[kFine].width);
  for (int level = 0; level < kLevels; ++level) {
    const std::string name = std::string("encoder.") + kLevelNames[level];
    const int64_t width = levels[level].width;
    const auto& features = config.encoder.features;
    if (level != kFine) AddLinear(shapes, name + ".down", 2 * levels[level + 1].width, width);
    AddBlocks(shapes, name, levels[level], config);
    AddLinear(shapes, name + ".features.reduce", width, 3 * features.width);
    AddDepthwise(shapes, name + ".features.harmonic", features.kernel, features.width);
    if (level != kCoarse) AddLinear(shapes, name + ".context", latent, 2 * latent);
    const int64_t seen = width + 3 * features.width + (level == kCoarse ? 0 : latent);
    AddLinear(shapes, name + ".latent.hidden", seen, config.encoder.latent_hidden);
    AddLinear(shapes, name + ".latent.output", config.encoder.latent_hidden, latent);
  }
}

void AddQuantizers(Shapes& shapes, const ModelConfig& config) {
  const auto& quantizer = config.quantizer;
  for (const char* level : kLevelNames) {
    for (int64_t i = 0; i < quantizer.per_level; ++i) {
      const std::string name = std::string("quantizer.") + level + "." + std::to_string(i);
      AddLinear(shapes, name + ".input", quantizer.latent, quantizer.dim);
      shapes[name + ".codebook"] = {quantizer.entries, quantizer.dim};
      shapes[name + ".output.weight"] = {quantizer.latent, quantizer.dim};
    }
  }
}

void AddDecoder(Shapes& shapes, const ModelConfig& config) {
  const auto& levels = config.decoder.levels;
  const int64_t latent = config.quantizer.latent;
  const int64_t features = config.conditioning.total();
  AddLinear(shapes, "conditioning.coarse", latent, 2 * config.conditioning.hidden);
  AddLinear(shapes, "conditioning.mid", latent, config.conditioning.hidden);
  AddLinear(shapes, "conditioning.output", config.conditioning.hidden, features);
  for (int level = 0; level < kLevels; ++level) {
    const std::string name = std::string("decoder.") + kLevelNames[level];
    const int64_t width = levels[level].width;
    AddLinear(shapes, name + ".input", latent, width);
    if (level != kCoarse) {
      AddLinear(shapes, name + ".up", levels[level - 1].width, 2 * width);
      AddLinear(shapes, name + ".film", features, 2 * width);
    }
    AddBlocks(shapes, name, levels[level], config);
  }
  AddLinear(shapes, "decoder.head", levels[kFine].width, 4 * config.bins());
}

}  // namespace

std::map<std::string, std::vector<int64_t>> ExportedShapes(const ModelConfig& config) {
  Shapes shapes;
  AddEncoder(shapes, config);
  AddQuantizers(shapes, config);
  AddDecoder(shapes, config);
  return shapes;
}

void CheckWeights(const Weights& weights, const ModelConfig& config) {
  const auto shapes = ExportedShapes(config);
  for (const auto& [name, shape] : shapes) {
    const auto found = weights.find(name);
    if (found == weights.end()) {
      throw std::runtime_error("tensor " + name + " is missing, wanted shape " +
                               trainer::ShapeText(shape));
    }
    if (found->second.shape != shape) {
      throw std::runtime_error("tensor " + name + " has shape " +
                               trainer::ShapeText(found->second.shape) + ", wanted " +
                               trainer::ShapeText(shape));
    }
  }
  for (const auto& [name, weight] : weights) {
    if (!shapes.contains(name)) {
      throw std::runtime_error("tensor " + name + " does not belong to this configuration");
    }
  }
}

}  // namespace motet::exporter
