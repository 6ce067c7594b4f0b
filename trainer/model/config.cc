#include "model/config.h"

#include <numeric>

#include "model/json_reader.h"

namespace motet::trainer {
namespace {

using nlohmann::json;

LevelConfig ReadLevel(ObjectReader reader) {
  LevelConfig level;
  level.width = reader.Integer("width", 16, 4096);
  for (const json& entry : reader.Member("lookahead")) {
    if (!entry.is_number_integer() || entry.get<int64_t>() < 0 || entry.get<int64_t>() > 6) {
      FailConfig("a block's lookahead is " + entry.dump() + ", wanted 0..6 frames");
    }
    level.lookahead.push_back(entry.get<int64_t>());
  }
  reader.Done();
  return level;
}

}  // namespace

int64_t LevelConfig::total_lookahead() const {
  return std::accumulate(lookahead.begin(), lookahead.end(), int64_t{0});
}

int64_t ModelConfig::delay() const {
  int64_t frames = 1;
  for (int level = 0; level < kLevels; ++level) {
    const int64_t fine_frames = kFramesPerPacket[kFine] / kFramesPerPacket[level];
    frames += fine_frames *
              (encoder.levels[level].total_lookahead() + decoder.levels[level].total_lookahead());
  }
  return frames * analysis.hop;
}

std::vector<std::pair<Level, int64_t>> ModelConfig::ladder() const {
  std::vector<std::pair<Level, int64_t>> steps;
  for (int64_t first = 0; first < quantizer.per_level; first += quantizer.context) {
    for (const Level level : {kCoarse, kMid, kFine}) {
      for (int64_t i = first; i < std::min(first + quantizer.context, quantizer.per_level); ++i) {
        steps.emplace_back(level, i);
      }
    }
  }
  return steps;
}

ModelConfig ParseModelConfig(const json& root) {
  ModelConfig config;
  ObjectReader reader(root, "");
  config.name = reader.Text("name");
  config.sample_rate = reader.Integer("sample_rate", 8000, 192000);
  config.channels = reader.Integer("channels", 2, 2);
  config.packet = reader.Integer("packet", 1024, 1024);

  ObjectReader analysis = reader.Object("analysis");
  config.analysis.type = analysis.Choice("type", {"stft"});
  config.analysis.hop = analysis.Integer("hop", 256, 256);
  config.analysis.window = analysis.Integer("window", 512, 512);
  config.analysis.power = analysis.Number("power");
  config.analysis.epsilon = analysis.Number("epsilon");
  analysis.Done();

  ObjectReader encoder = reader.Object("encoder");
  ObjectReader decoder = reader.Object("decoder");
  for (int level = 0; level < kLevels; ++level) {
    config.encoder.levels[level] = ReadLevel(encoder.Object(kLevelNames[level]));
    config.decoder.levels[level] = ReadLevel(decoder.Object(kLevelNames[level]));
  }
  decoder.Done();
  ObjectReader features = encoder.Object("features");
  config.encoder.features.width = features.Integer("width", 1, 1024);
  config.encoder.features.kernel = features.Integer("kernel", 1, 31);
  config.encoder.features.dilation = features.Integer("dilation", 1, 64);
  features.Done();
  ObjectReader latent = encoder.Object("latent");
  config.encoder.latent_hidden = latent.Integer("hidden", 1, 4096);
  latent.Done();
  encoder.Done();

  ObjectReader quantizer = reader.Object("quantizer");
  config.quantizer.latent = quantizer.Integer("latent", 1, 1024);
  config.quantizer.dim = quantizer.Integer("dim", 1, 64);
  config.quantizer.entries = quantizer.Integer("entries", 256, 256);
  config.quantizer.per_level = quantizer.Integer("per_level", 2, 8);
  config.quantizer.context = quantizer.Integer("context", 1, config.quantizer.per_level);
  quantizer.Done();

  ObjectReader block = reader.Object("block");
  config.block.kernel = block.Integer("kernel", 1, 31);
  config.block.expansion = block.Integer("expansion", 1, 8);
  block.Done();

  ObjectReader conditioning = reader.Object("conditioning");
  config.conditioning.hidden = conditioning.Integer("hidden", 1, 1024);
  config.conditioning.chroma = conditioning.Integer("chroma", 12, 12);
  config.conditioning.onset = conditioning.Integer("onset", 1, 1);
  config.conditioning.timbre = conditioning.Integer("timbre", 4, 4);
  conditioning.Done();

  ObjectReader synthesis = reader.Object("synthesis");
  config.synthesis.type = synthesis.Choice("type", {"istft", "mdct"});
  config.synthesis.window =
      synthesis.Integer("window", config.analysis.window, config.analysis.window);
  config.synthesis.hop = synthesis.Integer("hop", config.analysis.hop, config.analysis.hop);
  config.synthesis.max_log_magnitude = synthesis.Number("max_log_magnitude");
  synthesis.Done();

  config.default_quality =
      reader.Integer("default_quality", 1, kLevels * config.quantizer.per_level);
  reader.Done();
  return config;
}

}  // namespace motet::trainer
