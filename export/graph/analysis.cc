#include "graph/analysis.h"

#include "graph/fourier.h"

namespace motet::exporter {
namespace {

// Rows of a spectrum, [frames, window], companded, in the same layout: X (|X|^2 + epsilon)^((power
// - 1) / 2).
Value Compand(GraphBuilder& graph, const Value& rows, const ModelConfig& config) {
  const std::string name = "analysis.compand";
  const int64_t bins = config.bins();
  const auto& analysis = config.analysis;
  const Value re = Cut(graph, name + ".re", rows, 1, 0, bins);
  const Value im = Cut(graph, name + ".im", rows, 1, bins, analysis.window);
  const Value re2 = graph.Node("Mul", name + ".re2", {re, re});
  const Value im2 = graph.Node("Mul", name + ".im2", {im, im});
  // The first and the last bin have no imaginary part.
  const Value im2_all = graph.Node("Pad", name + ".im2.all", {im2, graph.Integers({0, 1, 0, 1})});
  const Value energy = graph.Node("Add", name + ".energy", {re2, im2_all});
  const Value floored =
      graph.Node("Add", name + ".floored",
                 {energy, graph.Scalar("analysis.epsilon", static_cast<float>(analysis.epsilon))});
  const auto exponent = static_cast<float>((analysis.power - 1) / 2);
  const Value gain =
      graph.Node("Pow", name + ".gain", {floored, graph.Scalar("analysis.exponent", exponent)});
  const Value re_out = graph.Node("Mul", name + ".re.out", {re, gain});
  const Value gain_inner = Cut(graph, name + ".gain.inner", gain, 1, 1, bins - 1);
  const Value im_out = graph.Node("Mul", name + ".im.out", {im, gain_inner});
  return graph.Node("Concat", name, {re_out, im_out}, {{"axis", int64_t{1}}});
}

}  // namespace

Analysed Analysis(GraphBuilder& graph, const Value& audio, const ModelConfig& config) {
  const int64_t window = config.analysis.window;
  const Value channels = graph.Node("Squeeze", "analysis.channels", {audio, graph.Integers({0})});
  const Value mid_side = MidSide(graph, "analysis.mid_side", channels);
  const Value rows = AnalysisFrames(graph, "analysis", mid_side, config);
  const Value basis = graph.Constant("analysis.basis", {window, window}, AnalysisBasis(window));
  const Value spectrum =
      graph.Node("Gemm", "analysis.spectrum", {rows, basis}, {{"transB", int64_t{1}}});
  const Value companded = Compand(graph, spectrum, config);
  return {Reshape(graph, "analysis", companded, {-1, config.channels * window}), spectrum};
}

Value AnalysisFrames(GraphBuilder& graph, const std::string& name, const Value& mid_side,
                     const ModelConfig& config) {
  // A frame is the hop before and this one, side by side.
  const Value hops =
      Reshape(graph, name + ".hops", mid_side, {config.channels, -1, config.analysis.hop});
  const Value from_silence =
      graph.Node("Pad", name + ".from_silence", {hops, graph.Integers({0, 1, 0, 0, 0, 0})});
  const Value before = Cut(graph, name + ".before", from_silence, 1, 0, -1);
  const Value frames =
      graph.Node("Concat", name + ".frames", {before, hops}, {{"axis", int64_t{2}}});
  const Value by_time = graph.Node("Transpose", name + ".by_time", {frames},
                                   {{"perm", std::vector<int64_t>{1, 0, 2}}});
  return Reshape(graph, name + ".rows", by_time, {-1, config.analysis.window});
}

}  // namespace motet::exporter
