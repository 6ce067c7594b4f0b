#include "graph/synthesis.h"

#include "graph/analysis.h"
#include "graph/bands.h"
#include "graph/fourier.h"

namespace motet::exporter {
namespace {

// rows [frames, 2 bins] of log-magnitudes and phases -> [frames, window]: Re[0..], Im[1..].
Value FromPolar(GraphBuilder& graph, const Value& rows, const ModelConfig& config) {
  const std::string name = "synthesis.spectrum";
  const int64_t bins = config.bins();
  const Value limit = graph.Scalar("synthesis.max_log_magnitude",
                                   static_cast<float>(config.synthesis.max_log_magnitude));
  const Value log_magnitude = Cut(graph, name + ".log_magnitude", rows, 1, 0, bins);
  const Value phase = Cut(graph, name + ".phase", rows, 1, bins, 2 * bins);
  const Value limited = graph.Node("Min", name + ".limited", {log_magnitude, limit});
  const Value magnitude = graph.Node("Exp", name + ".magnitude", {limited});
  const Value cosine = graph.Node("Cos", name + ".cos", {phase});
  const Value sine = graph.Node("Sin", name + ".sin", {phase});
  const Value re = graph.Node("Mul", name + ".re", {magnitude, cosine});
  const Value im_all = graph.Node("Mul", name + ".im.all", {magnitude, sine});
  const Value im = Cut(graph, name + ".im", im_all, 1, 1, bins - 1);
  return graph.Node("Concat", name, {re, im}, {{"axis", int64_t{1}}});
}

// mid_side [2, N] -> [2 N / hop, window], as the analysis has it before companding. The file holds
// no second basis for it.
Value SpectrumOf(GraphBuilder& graph, const Value& mid_side, const Value& synthesis_basis,
                 const ModelConfig& config) {
  const std::string name = "synthesis.tones";
  const int64_t window = config.synthesis.window;
  const Value frames = AnalysisFrames(graph, name, mid_side, config);
  const Value weighted =
      graph.Node("Gemm", name + ".weighted", {frames, synthesis_basis}, {{"transB", int64_t{1}}});
  const Value factors = graph.Constant(name + ".factors", {window}, AnalysisOverSynthesis(window));
  return graph.Node("Mul", name, {weighted, factors});
}

}  // namespace

Value Synthesis(GraphBuilder& graph, const Value& y, const Value& tones, const Value& levels,
                const ModelConfig& config) {
  const int64_t window = config.synthesis.window;
  const int64_t hop = config.synthesis.hop;
  const Value rows = Reshape(graph, "synthesis.rows", y, {-1, 2 * config.bins()});
  const Value basis = graph.Constant("synthesis.basis", {window, window}, SynthesisBasis(window));
  Value spectrum = FromPolar(graph, rows, config);
  if (!tones.empty()) {
    spectrum = graph.Node("Add", "synthesis.with_tones",
                          {spectrum, SpectrumOf(graph, tones, basis, config)});
  }
  if (config.bands) spectrum = BringToLevels(graph, spectrum, levels, config);
  const Value pieces = graph.Node("Gemm", "synthesis.pieces", {spectrum, basis});
  const Value frames = Reshape(graph, "synthesis.frames", pieces, {-1, config.channels, window});
  // Overlap-add: the second half of the frame before, plus the first half of this one.
  const Value first = Cut(graph, "synthesis.first", frames, 2, 0, hop);
  const Value second = Cut(graph, "synthesis.second", frames, 2, hop, window);
  const Value before = Delay(graph, "synthesis.before", second, 1, /*rank=*/3);
  const Value hops = graph.Node("Add", "synthesis.hops", {before, first});
  const Value by_channel = graph.Node("Transpose", "synthesis.by_channel", {hops},
                                      {{"perm", std::vector<int64_t>{1, 0, 2}}});
  const Value mid_side = Reshape(graph, "synthesis.signal", by_channel, {config.channels, -1});
  return MidSide(graph, "synthesis.left_right", mid_side);
}

}  // namespace motet::exporter
