#include "graph/encoder.h"

#include "graph/analysis.h"
#include "graph/bands.h"
#include "graph/blocks.h"
#include "graph/metadata.h"
#include "graph/quantizer.h"
#include "graph/tone_choice.h"

namespace motet::exporter {
namespace {

std::string EncoderName(Level level) { return std::string("encoder.") + kLevelNames[level]; }

// h [T, C] -> harmonic, rhythmic and timbral features side by side, [T, 3 F].
Value Features(GraphBuilder& graph, const std::string& name, const Value& h,
               const ModelConfig& config) {
  const auto& features = config.encoder.features;
  const int64_t width = features.width;
  const Value r = Linear(graph, name + ".reduce", h);

  const Value first = Cut(graph, name + ".harmonic.input", r, 1, 0, width);
  const Value context = Depthwise(graph, name + ".harmonic", first, features.dilation);
  const Value harmonic = Gelu(graph, name + ".harmonic.gelu", context);

  const Value second = Cut(graph, name + ".rhythmic.input", r, 1, width, 2 * width);
  const Value before = Delay(graph, name + ".rhythmic.before", second, 1);
  const Value difference = graph.Node("Sub", name + ".rhythmic.difference", {second, before});
  const Value rhythmic = Gelu(graph, name + ".rhythmic", difference);

  const Value third = Cut(graph, name + ".timbral.input", r, 1, 2 * width, 3 * width);
  const Value shape = Norm(graph, name + ".timbral.norm", third, width);
  const Value timbral = Gelu(graph, name + ".timbral", shape);
  return graph.Node("Concat", name, {harmonic, rhythmic, timbral}, {{"axis", int64_t{1}}});
}

// h [T, C] and, but for the coarse level, context [T, D] -> z [T, D].
Value Latent(GraphBuilder& graph, Level level, const Value& h, const Value& context,
             const ModelConfig& config) {
  const std::string name = EncoderName(level) + ".latent";
  std::vector<Value> seen = {h, Features(graph, EncoderName(level) + ".features", h, config)};
  if (!context.empty()) seen.push_back(context);
  const Value v = graph.Node("Concat", name + ".input", seen, {{"axis", int64_t{1}}});
  const Value hidden = Gelu(graph, name + ".gelu", Linear(graph, name + ".hidden", v));
  return Linear(graph, name + ".output", hidden);
}

// The three levels' activations, delayed so that they describe the same time.
std::array<Value, kLevels> Backbone(GraphBuilder& graph, const Value& rows,
                                    const ModelConfig& config) {
  const auto& levels = config.encoder.levels;
  std::array<Value, kLevels> h;
  Value below = Linear(graph, "encoder.embed", rows);
  for (const Level level : {kFine, kMid, kCoarse}) {
    if (level != kFine) below = Down(graph, EncoderName(level) + ".down", below);
    below = Blocks(graph, EncoderName(level), below, levels[level]);
    h[level] = below;
  }
  for (const Level level : {kMid, kFine})
    h[level] = Delay(graph, EncoderName(level) + ".delay", h[level], LevelDelay(level, levels));
  return h;
}

}  // namespace

onnx::ModelProto EncoderGraph(const TrainedModel& model) {
  const ModelConfig& config = model.config;
  GraphBuilder graph("encoder", model.weights);
  const Value audio =
      graph.Input("audio", GraphBuilder::Type::kFloat, {1, config.channels, "samples"});
  const Analysed analysed = Analysis(graph, audio, config);
  const auto h = Backbone(graph, analysed.rows, config);

  LevelCodes codes;
  Value context;
  Value known;
  for (const Level level : {kCoarse, kMid, kFine}) {
    if (level != kCoarse) context = Up(graph, EncoderName(level) + ".context", known);
    const Value z = Latent(graph, level, h[level], context, config);
    const Quantized quantized = Quantize(graph, level, z, config);
    codes[level] = quantized.codes;
    if (level == kCoarse) known = quantized.known;
    if (level == kMid) known = graph.Node("Add", "encoder.mid.known", {quantized.known, context});
  }
  const Value tones = config.tones ? PickTones(graph, audio, config) : "";
  const Value levels = config.bands ? MeasureLevels(graph, analysed.spectrum, config) : "";
  const Value packets = ToPackets(graph, codes, tones, levels, config);
  const Value out = graph.Node("Unsqueeze", "codes", {packets, graph.Integers({0})});
  graph.Output(out, GraphBuilder::Type::kInt64, {1, "packets", RowBytes(config)});
  return graph.Finish(Metadata(model));
}

}  // namespace motet::exporter
