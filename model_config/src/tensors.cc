#include "model_config/tensors.h"

namespace motet {
namespace {

void AddLinear(TensorShapes& shapes, const std::string& name, int64_t in, int64_t out) {
  shapes[name + ".weight"] = {out, in};
  shapes[name + ".bias"] = {out};
}

void AddDepthwise(TensorShapes& shapes, const std::string& name, int64_t kernel, int64_t channels) {
  shapes[name + ".weight"] = {kernel, channels};
  shapes[name + ".bias"] = {channels};
}

std::string BlockName(const std::string& level_name, size_t i) {
  return level_name + ".blocks." + std::to_string(i);
}

void AddBlocks(TensorShapes& shapes, const std::string& name, const LevelConfig& level,
               const ModelConfig& config) {
  for (size_t i = 0; i < level.lookahead.size(); ++i) {
    const std::string block = BlockName(name, i);
    const int64_t hidden = config.block.expansion * level.width;
    AddDepthwise(shapes, block + ".depthwise", config.block.kernel, level.width);
    AddLinear(shapes, block + ".expand", level.width, hidden);
    AddLinear(shapes, block + ".project", hidden, level.width);
  }
}

void AddEncoder(TensorShapes& shapes, const ModelConfig& config) {
  const auto& levels = config.encoder.levels;
  const int64_t latent = config.quantizer.latent;
  AddLinear(shapes, "encoder.embed", 2 * config.analysis.window, levels[kFine].width);
  for (const Level level : kCoarseToFine) {
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

void AddQuantizers(TensorShapes& shapes, const ModelConfig& config) {
  const auto& quantizer = config.quantizer;
  for (const LadderQuantizer& each : config.quantizers()) {
    const std::string name = "quantizer." + each.name();
    AddLinear(shapes, name + ".input", quantizer.latent, quantizer.dim);
    shapes[name + ".codebook"] = {quantizer.entries, quantizer.dim};
    shapes[name + ".output.weight"] = {quantizer.latent, quantizer.dim};
  }
}

void AddDecoder(TensorShapes& shapes, const ModelConfig& config) {
  const auto& levels = config.decoder.levels;
  const int64_t latent = config.quantizer.latent;
  const int64_t features = config.conditioning.total();
  AddLinear(shapes, "conditioning.coarse", latent, 2 * config.conditioning.hidden);
  AddLinear(shapes, "conditioning.mid", latent, config.conditioning.hidden);
  AddLinear(shapes, "conditioning.output", config.conditioning.hidden, features);
  for (const Level level : kCoarseToFine) {
    const std::string name = std::string("decoder.") + kLevelNames[level];
    const int64_t width = levels[level].width;
    AddLinear(shapes, name + ".input", latent, width);
    if (level != kCoarse) {
      AddLinear(shapes, name + ".up", levels[level - 1].width, 2 * width);
      AddLinear(shapes, name + ".film", features, 2 * width);
    }
    AddBlocks(shapes, name, levels[level], config);
  }
  if (config.tones) AddLinear(shapes, "decoder.tones", config.tones->row(), levels[kCoarse].width);
  if (config.bands)
    AddLinear(shapes, "decoder.bands", config.bands->count(), levels[kCoarse].width);
  AddLinear(shapes, "decoder.head", levels[kFine].width, config.channels * config.head_values());
}

}  // namespace

TensorShapes ModelTensors(const ModelConfig& config) {
  TensorShapes shapes;
  AddEncoder(shapes, config);
  AddQuantizers(shapes, config);
  AddDecoder(shapes, config);
  return shapes;
}

TensorShapes FoldedTensors(const ModelConfig& config) {
  TensorShapes shapes;
  for (const auto& [side, levels] : {std::pair{std::string("encoder."), &config.encoder.levels},
                                     {"decoder.", &config.decoder.levels}}) {
    for (const Level level : kCoarseToFine) {
      const LevelConfig& here = (*levels)[level];
      for (size_t i = 0; i < here.lookahead.size(); ++i) {
        shapes[BlockName(side + kLevelNames[level], i) + ".scale"] = {here.width};
      }
    }
  }
  for (const LadderQuantizer& each : config.quantizers()) {
    for (const char* statistic : {".norm.mean", ".norm.var"}) {
      shapes["quantizer." + each.name() + statistic] = {config.quantizer.dim};
    }
  }
  return shapes;
}

}  // namespace motet
