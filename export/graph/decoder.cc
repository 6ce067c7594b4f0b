#include "graph/decoder.h"

#include "graph/bands.h"
#include "graph/blocks.h"
#include "graph/metadata.h"
#include "graph/quantizer.h"
#include "graph/synthesis.h"
#include "graph/tones.h"

namespace motet::exporter {
namespace {

std::string DecoderName(Level level) { return std::string("decoder.") + kLevelNames[level]; }

// The music features, [2 P, 17], from codes alone.
Value Conditioning(GraphBuilder& graph, const std::array<Value, kLevels>& zq) {
  const Value coarse = Up(graph, "conditioning.coarse", zq[kCoarse]);
  const Value mid = Linear(graph, "conditioning.mid", zq[kMid]);
  const Value sum = graph.Node("Add", "conditioning.sum", {coarse, mid});
  const Value hidden = Gelu(graph, "conditioning.gelu", sum);
  return graph.Node("Sigmoid", "conditioning", {Linear(graph, "conditioning.output", hidden)});
}

// m [T, 17] -> [2 T, 17], each row twice.
Value RowsTwice(GraphBuilder& graph, const std::string& name, const Value& m, int64_t features) {
  const Value pairs = graph.Node("Concat", name + ".pairs", {m, m}, {{"axis", int64_t{1}}});
  return Reshape(graph, name, pairs, {-1, features});
}

// A finer level: what came from above, its own codes, the features, its blocks.
Value Refine(GraphBuilder& graph, Level level, const Value& above, const Value& zq, const Value& m,
             const ModelConfig& config) {
  const std::string name = DecoderName(level);
  const int64_t delay = LevelDelay(level, config.decoder.levels);
  const Value up = Up(graph, name + ".up", above);
  const Value codes = Linear(graph, name + ".input", Delay(graph, name + ".delay", zq, delay));
  const Value sum = graph.Node("Add", name + ".sum", {up, codes});
  const Value shaped =
      Film(graph, name + ".film", sum, Delay(graph, name + ".film.delay", m, delay));
  return Blocks(graph, name, shaped, config.decoder.levels[level]);
}

}  // namespace

onnx::ModelProto DecoderGraph(const TrainedModel& model) {
  const ModelConfig& config = model.config;
  const int64_t features = config.conditioning.total();
  GraphBuilder graph("decoder", model.weights);
  const Value input =
      graph.Input("codes", GraphBuilder::Type::kInt64, {1, "packets", RowBytes(config)});
  const Value packets = graph.Node("Squeeze", "packets", {input, graph.Integers({0})});
  const LevelCodes codes = FromPackets(graph, packets, config);
  std::array<Value, kLevels> zq;
  for (const Level level : {kCoarse, kMid, kFine}) {
    zq[level] = Dequantize(graph, level, codes[level], config);
  }
  const Value m = Conditioning(graph, zq);

  const auto& levels = config.decoder.levels;
  Value h = Linear(graph, "decoder.coarse.input", zq[kCoarse]);
  Value tones;
  Value sides;
  if (config.tones) {
    tones = ReadTones(graph, packets, config);
    sides = ToneSides(graph, tones, config);
    const Value told = Linear(graph, "decoder.tones", ToneRows(graph, tones, sides, config));
    h = graph.Node("Add", "decoder.coarse.sum", {h, told});
  }
  Value bands;
  if (config.bands) {
    bands = ReadLevels(graph, packets, config);
    const Value told = Linear(graph, "decoder.bands", LevelRows(graph, bands));
    h = graph.Node("Add", "decoder.coarse.sum.bands", {h, told});
  }
  h = Blocks(graph, "decoder.coarse", h, levels[kCoarse]);
  h = Refine(graph, kMid, h, zq[kMid], m, config);
  const Value m_fine = RowsTwice(graph, "conditioning.fine", m, features);
  h = Refine(graph, kFine, h, zq[kFine], m_fine, config);
  const Value y =
      Linear(graph, "decoder.head", Norm(graph, "decoder.head.norm", h, levels[kFine].width));

  // Levels are those of the tones as well: both meet in the spectrum. Where packets say none, that
  // is the same sound.
  const bool in_spectrum = config.tones && config.bands;
  const Value early = in_spectrum ? EarlyToneSound(graph, tones, sides, config) : "";
  Value sound = Synthesis(graph, y, early, bands, config);
  if (config.tones && !in_spectrum) {
    sound = graph.Node("Add", "audio.sum", {sound, ToneSound(graph, tones, sides, config)});
  }
  const Value audio = graph.Node("Unsqueeze", "audio", {sound, graph.Integers({0})});
  graph.Output(audio, GraphBuilder::Type::kFloat, {1, config.channels, "samples"});
  const Value rows = graph.Node("Unsqueeze", "features", {m, graph.Integers({0})});
  graph.Output(rows, GraphBuilder::Type::kFloat, {1, "feature_frames", features});
  return graph.Finish(Metadata(model));
}

}  // namespace motet::exporter
