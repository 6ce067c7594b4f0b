#include "graph/tones.h"

#include <cmath>
#include <numbers>

namespace motet::exporter {

int64_t ToneWindow(const ModelConfig& config) { return 2 * config.packet; }

Value Range(GraphBuilder& graph, const std::string& name, int64_t from, int64_t to) {
  return graph.Node("Range", name, {graph.Integer(from), graph.Integer(to), graph.Integer(1)});
}

Value Cosines(GraphBuilder& graph, const std::string& name, const Value& angles,
              const ModelConfig& config) {
  const int64_t window = ToneWindow(config);
  std::vector<float> turn;
  for (int64_t n = 0; n < window; ++n) {
    const double angle =
        2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(window);
    turn.push_back(static_cast<float>(std::cos(angle)));
  }
  const Value table = graph.Constant("tones.cosines", {window}, turn);
  const Value place = graph.Node("Mod", name + ".place", {angles, graph.Integer(window)});
  return graph.Node("Gather", name, {table, place});
}

Value HannWindow(GraphBuilder& graph, float gain, const ModelConfig& config) {
  const Value turn =
      Cosines(graph, "tones.turn", Range(graph, "tones.time", 0, ToneWindow(config)), config);
  const Value deep =
      graph.Node("Mul", "tones.deep", {turn, graph.Scalar("tones.depth", -gain / 2)});
  return graph.Node("Add", "tones.window", {deep, graph.Scalar("tones.height", gain / 2)});
}

Value ReadTones(GraphBuilder& graph, const Value& packets, const ModelConfig& config) {
  const TonesConfig& tones = *config.tones;
  const int64_t offset = config.tones_offset();
  const Value bytes = Cut(graph, "tones.bytes", packets, 1, offset, offset + tones.bytes());
  const Value numbers = Cast(graph, "tones.numbers", bytes, GraphBuilder::Type::kFloat);
  const Value pairs = Reshape(graph, "tones.pairs", numbers, {-1, tones.count, 2});
  const Value number = Cut(graph, "tones.number", pairs, 2, 0, 1);
  const Value level = Cut(graph, "tones.level", pairs, 2, 1, 2);
  std::vector<float> all;
  for (int64_t line = 0; line < tones.lines; ++line) all.push_back(static_cast<float>(1 + line));
  const Value matches = graph.Node("Equal", "tones.matches",
                                   {number, graph.Constant("tones.all", {tones.lines}, all)});
  // Of two pairs of one line the later counts: it has the larger number.
  constexpr int64_t kKinds = TonesConfig::kLevels + 1;
  std::vector<float> later;
  for (int64_t i = 0; i < tones.count; ++i) later.push_back(static_cast<float>(kKinds * i + 1));
  const Value limited = graph.Node(
      "Min", "tones.limited", {level, graph.Scalar("tones.highest", TonesConfig::kLevels - 1)});
  const Value ranked = graph.Node(
      "Add", "tones.ranked", {limited, graph.Constant("tones.later", {tones.count, 1}, later)});
  const Value found =
      graph.Node("Where", "tones.found", {matches, ranked, graph.Scalar("zero", 0)});
  const Value last = graph.Node("ReduceMax", "tones.last", {found},
                                {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}});
  return graph.Node(
      "Mod", "tones",
      {Cast(graph, "tones.last.int", last, GraphBuilder::Type::kInt64), graph.Integer(kKinds)});
}

Value ToneRows(GraphBuilder& graph, const Value& tones, const ModelConfig& config) {
  std::vector<float> values = {0};
  for (int64_t level = 0; level < TonesConfig::kLevels; ++level) {
    const double above = config.tones->level_db(level) - TonesConfig::kFloorDb;
    values.push_back(static_cast<float>((6 + above) / 20));
  }
  const auto size = static_cast<int64_t>(values.size());
  return graph.Node("Gather", "tones.rows",
                    {graph.Constant("tones.row_values", {size}, values), tones});
}

Value ToneSound(GraphBuilder& graph, const Value& tones, const ModelConfig& config) {
  const int64_t window = ToneWindow(config);
  const int64_t first = config.tones->first;
  const int64_t lines = config.tones->lines;
  std::vector<float> amplitudes = {0};
  for (int64_t level = 0; level < TonesConfig::kLevels; ++level) {
    amplitudes.push_back(static_cast<float>(std::pow(10.0, config.tones->level_db(level) / 20)));
  }
  const auto size = static_cast<int64_t>(amplitudes.size());
  const Value amplitude = graph.Node(
      "Gather", "tones.amplitudes", {graph.Constant("tones.amplitude", {size}, amplitudes), tones});

  // Lines of odd number turn by half a turn in each packet: a sign of each packet and line.
  const Value shape = graph.Node("Shape", "tones.shape", {tones}, {{"end", int64_t{1}}});
  const Value count = graph.Node("Squeeze", "tones.packets.count", {shape});
  const Value packet = Reshape(
      graph, "tones.packet.column",
      graph.Node("Range", "tones.packet", {graph.Integer(0), count, graph.Integer(1)}), {-1, 1});
  const Value line = Range(graph, "tones.line", first, first + lines);
  const Value half_turns = graph.Node("Mul", "tones.half_turns", {packet, line});
  const Value half =
      graph.Node("Mul", "tones.packet.turns", {half_turns, graph.Integer(window / 2)});
  const Value sign = Cosines(graph, "tones.sign", half, config);
  const Value now = graph.Node("Mul", "tones.signed", {amplitude, sign});

  // The sound of a packet is the first half of its window and the second half of the one before.
  std::vector<int64_t> phases;
  for (int64_t k = first; k < first + lines; ++k) phases.push_back(TonesConfig::Phase(k, window));
  const Value column = Reshape(graph, "tones.line.column", line, {lines, 1});
  const Value turns =
      graph.Node("Mul", "tones.turns", {column, Range(graph, "tones.samples", 0, window)});
  const Value places =
      graph.Node("Add", "tones.places", {turns, graph.Integers("tones.phase", {lines, 1}, phases)});
  const Value windowed =
      graph.Node("Mul", "tones.windowed",
                 {Cosines(graph, "tones.waves", places, config), HannWindow(graph, 1, config)});
  const Value halves = Reshape(graph, "tones.halves", windowed, {lines, 2, config.packet});
  const Value by_half =
      graph.Node("Transpose", "tones.by_half", {halves}, {{"perm", std::vector<int64_t>{1, 0, 2}}});
  const Value basis = Reshape(graph, "tones.basis", by_half, {2 * lines, config.packet});
  const Value both =
      graph.Node("Concat", "tones.now_and_before", {now, Delay(graph, "tones.before", now, 1)},
                 {{"axis", int64_t{1}}});
  const Value sound =
      Reshape(graph, "tones.sound", graph.Node("Gemm", "tones.sounds", {both, basis}), {-1});
  return Delay(graph, "tones.late", sound, config.delay() - window, /*rank=*/1);
}

}  // namespace motet::exporter
