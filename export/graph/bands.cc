#include "graph/bands.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "model_config/band_levels.h"

namespace motet::exporter {
namespace {

// A packet's row: the bins of mid, then those of side, which belong to no band.
int64_t RowBins(const ModelConfig& config) { return 2 * config.bins(); }

// squares [8 P, bins] -> [P, bands]: the mean of a packet's samples that mid has in each band.
Value PowerOfBands(GraphBuilder& graph, const Value& squares, const ModelConfig& config) {
  const int64_t count = config.bands->count(), bins = RowBins(config);
  std::vector<float> shares(static_cast<size_t>(count * bins), 0.0F);
  for (int64_t band = 0; band < count; ++band) {
    const auto edge = config.bands->edges.begin() + band;
    for (int64_t bin = edge[0]; bin < edge[1]; ++bin)
      shares[static_cast<size_t>(band * bins + bin)] = 1 / static_cast<float>(config.packet);
  }
  const Value frames = Reshape(graph, "bands.squares.frames", squares, {-1, 4, bins});
  const Value packets = graph.Node("ReduceSum", "bands.squares.packets",
                                   {frames, graph.Integers({1})}, {{"keepdims", int64_t{0}}});
  return graph.Node("Gemm", "bands.power",
                    {packets, graph.Constant("bands.shares", {count, bins}, shares)},
                    {{"transB", int64_t{1}}});
}

// tones [P, lines]: powers -> [P, bands], the power that they have where the sound of a packet is.
Value PowerOfTones(GraphBuilder& graph, const Value& tones, const ModelConfig& config) {
  const int64_t lines = config.tones->lines, count = config.bands->count();
  std::vector<float> shares;
  for (int64_t line = 0; line < lines; ++line) {
    for (int64_t band = 0; band < count; ++band)
      shares.push_back(static_cast<float>(ShareOfTone(config, line, band) / 2));
  }
  // There the tones of one packet give way to those of the next, two packets after these, or later.
  const int64_t delay = config.bands_delay() - 2;
  const Value both = graph.Node("Add", "bands.tones.both",
                                {Delay(graph, "bands.tones.now", tones, delay),
                                 Delay(graph, "bands.tones.before", tones, delay + 1)});
  return graph.Node("Gemm", "bands.tones",
                    {both, graph.Constant("bands.tones.shares", {lines, count}, shares)});
}

Value WithSilence(GraphBuilder& graph, const Value& power) {
  return graph.Node(
      "Add", "bands.audible",
      {power, graph.Scalar("bands.silence", static_cast<float>(band_levels::kSilence))});
}

}  // namespace

Value MeasureLevels(GraphBuilder& graph, const Value& energy, const ModelConfig& config) {
  const BandsConfig& bands = *config.bands;
  const Value log =
      graph.Node("Log", "bands.log", {WithSilence(graph, PowerOfBands(graph, energy, config))});
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

Value BringToLevels(GraphBuilder& graph, const Value& magnitude, const Value& levels,
                    const Value& tones, const ModelConfig& config) {
  const BandsConfig& bands = *config.bands;
  const Value squares = graph.Node("Mul", "bands.squares", {magnitude, magnitude});
  Value own = PowerOfBands(graph, squares, config);
  if (!tones.empty())
    own = graph.Node("Add", "bands.with_tones", {own, PowerOfTones(graph, tones, config)});

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

  // Each bin's gain is that of its band or, in none, that of a column more: 1.
  std::vector<int64_t> band_of(static_cast<size_t>(RowBins(config)), bands.count());
  for (int64_t band = 0; band < bands.count(); ++band) {
    const auto edge = bands.edges.begin() + band;
    for (int64_t bin = edge[0]; bin < edge[1]; ++bin) band_of[static_cast<size_t>(bin)] = band;
  }
  const Value with_one = graph.Node("Pad", "bands.gains.and_one",
                                    {gains, graph.Integers({0, 0, 0, 1}), graph.Scalar("one", 1)});
  const Value of_bins =
      graph.Node("Gather", "bands.gains.of_bins",
                 {with_one, graph.Integers("bands.of_bins", {RowBins(config)}, band_of)},
                 {{"axis", int64_t{1}}});
  const Value frames = Reshape(graph, "bands.frames", magnitude, {-1, 4, RowBins(config)});
  const Value scaled =
      graph.Node("Mul", "bands.scaled",
                 {frames, Reshape(graph, "bands.gains.rows", of_bins, {-1, 1, RowBins(config)})});
  return Reshape(graph, "bands.magnitude", scaled, {-1, config.bins()});
}

}  // namespace motet::exporter
