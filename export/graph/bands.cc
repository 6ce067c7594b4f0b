#include "graph/bands.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "model_config/band_levels.h"

namespace motet::exporter {
namespace {

// The band of each value of a row, real parts and imaginary ones; their number where it is in none.
std::vector<int64_t> BandsOfValues(const ModelConfig& config) {
  const int64_t count = config.bands->count(), window = config.analysis.window;
  std::vector<int64_t> of_values(static_cast<size_t>(window), count);
  for (int64_t band = 0; band < count; ++band) {
    const auto edge = config.bands->edges.begin() + band;
    // The first and the last bin, which have no imaginary part, are in no band.
    for (int64_t bin = edge[0]; bin < edge[1]; ++bin)
      of_values[static_cast<size_t>(bin)] = of_values[static_cast<size_t>(window / 2 + bin)] = band;
  }
  return of_values;
}

// spectrum [8 P, window] -> [4 P, 2 * window]: of mid and of side.
Value Frames(GraphBuilder& graph, const Value& spectrum, const ModelConfig& config) {
  return Reshape(graph, "bands.frames", spectrum, {-1, config.channels * config.analysis.window});
}

// The same frames -> [4 P, window].
Value Mid(GraphBuilder& graph, const Value& frames, const ModelConfig& config) {
  return Cut(graph, "bands.mid", frames, 1, 0, config.analysis.window);
}

// mid [4 P, window] -> [P, bands]: the mean power of a packet's samples in each band.
Value PowerOfBands(GraphBuilder& graph, const Value& mid, const ModelConfig& config) {
  const int64_t count = config.bands->count(), window = config.analysis.window;
  const std::vector<int64_t> of_values = BandsOfValues(config);
  std::vector<float> shares;
  for (int64_t band = 0; band < count; ++band) {
    for (const int64_t of_value : of_values)
      shares.push_back(of_value == band ? 1 / static_cast<float>(config.packet) : 0);
  }
  const Value squares = graph.Node("Mul", "bands.squares", {mid, mid});
  const Value frames = Reshape(graph, "bands.squares.frames", squares, {-1, 4, window});
  const Value packets = graph.Node("ReduceSum", "bands.squares.packets",
                                   {frames, graph.Integers({1})}, {{"keepdims", int64_t{0}}});
  return graph.Node("Gemm", "bands.power",
                    {packets, graph.Constant("bands.shares", {count, window}, shares)},
                    {{"transB", int64_t{1}}});
}

Value WithSilence(GraphBuilder& graph, const Value& power) {
  return graph.Node(
      "Add", "bands.audible",
      {power, graph.Scalar("bands.silence", static_cast<float>(band_levels::kSilence))});
}

}  // namespace

Value MeasureLevels(GraphBuilder& graph, const Value& spectrum, const ModelConfig& config) {
  const BandsConfig& bands = *config.bands;
  const Value mid = Mid(graph, Frames(graph, spectrum, config), config);
  const Value power = PowerOfBands(graph, mid, config);
  const Value log = graph.Node("Log", "bands.log", {WithSilence(graph, power)});
  // In steps instead of decibels.
  const auto steps_per_log = static_cast<float>(10 / (std::numbers::ln10 * bands.step_db));
  const auto floor = static_cast<float>(BandsConfig::kFloorDb / bands.step_db);
  const Value steps =
      graph.Node("Mul", "bands.steps", {log, graph.Scalar("bands.steps_per_log", steps_per_log)});
  const Value above = graph.Node("Sub", "bands.above", {steps, graph.Scalar("bands.floor", floor)});
  const Value limited =
      graph.Node("Clip", "bands.limited",
                 {graph.Node("Round", "bands.rounded", {above}), graph.Scalar("zero", 0),
                  graph.Scalar("bands.highest", BandsConfig::kLevels - 1)});
  return Cast(graph, "bands.bytes", limited, GraphBuilder::Type::kInt64);
}

Value ReadLevels(GraphBuilder& graph, const Value& packets, const ModelConfig& config) {
  const int64_t offset = config.bands_offset();
  const Value bytes = Cut(graph, "bands.bytes", packets, 1, offset, offset + config.bands->bytes());
  const Value absent =
      graph.Node("Equal", "bands.absent", {bytes, graph.Integer(config.quantizer.entries)});
  const Value limited = graph.Node(
      "Clip", "bands.limited", {bytes, graph.Integer(0), graph.Integer(BandsConfig::kLevels - 1)});
  return graph.Node("Where", "bands.levels", {absent, graph.Integer(0), limited});
}

Value LevelRows(GraphBuilder& graph, const Value& levels) {
  const Value numbers = Cast(graph, "bands.numbers", levels, GraphBuilder::Type::kFloat);
  return graph.Node("Mul", "bands.rows", {numbers, graph.Scalar("bands.eighth", 0.125F)});
}

Value BringToLevels(GraphBuilder& graph, const Value& spectrum, const Value& levels,
                    const ModelConfig& config) {
  const BandsConfig& bands = *config.bands;
  const int64_t window = config.analysis.window;
  const Value frames = Frames(graph, spectrum, config);
  const Value mid = Mid(graph, frames, config);
  const Value own = PowerOfBands(graph, mid, config);
  const Value said = Delay(graph, "bands.said", levels, config.bands_delay());
  std::vector<float> powers;
  for (int64_t level = 0; level < BandsConfig::kLevels; ++level)
    powers.push_back(static_cast<float>(std::pow(10.0, bands.level_db(level) / 10)));
  const Value wanted =
      graph.Node("Gather", "bands.wanted",
                 {graph.Constant("bands.powers", {BandsConfig::kLevels}, powers), said});
  const Value ratio = graph.Node("Div", "bands.ratio", {wanted, WithSilence(graph, own)});
  const Value limited =
      graph.Node("Clip", "bands.gain.limited",
                 {graph.Node("Sqrt", "bands.root", {ratio}),
                  graph.Scalar("bands.least_gain", static_cast<float>(1 / band_levels::kMaxGain)),
                  graph.Scalar("bands.most_gain", static_cast<float>(band_levels::kMaxGain))});
  const Value unsaid = graph.Node("Equal", "bands.unsaid", {said, graph.Integer(0)});
  const Value gains = graph.Node("Where", "bands.gains", {unsaid, graph.Scalar("one", 1), limited});

  // Each value's gain is that of its band or, in none, that of a column more: 1.
  const Value with_one = graph.Node("Pad", "bands.gains.and_one",
                                    {gains, graph.Integers({0, 0, 0, 1}), graph.Scalar("one", 1)});
  const Value of_values =
      graph.Node("Gather", "bands.gains.of_values",
                 {with_one, graph.Integers("bands.of_values", {window}, BandsOfValues(config))},
                 {{"axis", int64_t{1}}});
  const Value packets = Reshape(graph, "bands.mid.packets", mid, {-1, 4, window});
  const Value levelled =
      graph.Node("Mul", "bands.levelled",
                 {packets, Reshape(graph, "bands.gains.rows", of_values, {-1, 1, window})});
  const Value side = Cut(graph, "bands.side", frames, 1, window, 2 * window);
  const Value both =
      graph.Node("Concat", "bands.mid_side",
                 {Reshape(graph, "bands.levelled.rows", levelled, {-1, window}), side},
                 {{"axis", int64_t{1}}});
  return Reshape(graph, "bands.spectrum", both, {-1, window});
}

}  // namespace motet::exporter
