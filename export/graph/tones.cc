#include "graph/tones.h"

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

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
  const Value each = Reshape(graph, "tones.each", numbers, {-1, tones.count, tones.bytes_each()});
  const Value number = Cut(graph, "tones.number", each, 2, 0, 1);
  std::vector<float> all;
  for (int64_t line = 0; line < tones.lines; ++line) all.push_back(static_cast<float>(1 + line));
  const Value matches = graph.Node("Equal", "tones.matches",
                                   {number, graph.Constant("tones.all", {tones.lines}, all)});
  const auto at_most = [&](const std::string& name, int64_t byte, int64_t highest) {
    const Value value = Cut(graph, name, each, 2, byte, byte + 1);
    return graph.Node("Min", name + ".limited",
                      {value, graph.Scalar(name + ".highest", static_cast<float>(highest))});
  };
  Value tone = at_most("tones.level", 1, TonesConfig::kLevels - 1);
  if (tones.places() > 1) {
    const Value places =
        graph.Node("Mul", "tones.place.first",
                   {at_most("tones.place", 2, tones.places() - 1),
                    graph.Scalar("tones.levels", static_cast<float>(TonesConfig::kLevels))});
    tone = graph.Node("Add", "tones.tone", {tone, places});
  }
  // Of two of one line the later counts: it has the larger number.
  const int64_t kinds = 1 + TonesConfig::kLevels * tones.places();
  std::vector<float> later;
  for (int64_t i = 0; i < tones.count; ++i) later.push_back(static_cast<float>(kinds * i + 1));
  const Value ranked = graph.Node("Add", "tones.ranked",
                                  {tone, graph.Constant("tones.later", {tones.count, 1}, later)});
  const Value found =
      graph.Node("Where", "tones.found", {matches, ranked, graph.Scalar("zero", 0)});
  const Value last = graph.Node("ReduceMax", "tones.last", {found},
                                {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}});
  return graph.Node(
      "Mod", "tones",
      {Cast(graph, "tones.last.int", last, GraphBuilder::Type::kInt64), graph.Integer(kinds)});
}

namespace {

// tones int64 of ReadTones -> of each what `value` says of its level and place, 0 where there is
// none.
template <typename ValueOf>
Value LookedUp(GraphBuilder& graph, const std::string& name, const Value& tones,
               const TonesConfig& config, const ValueOf& value) {
  std::vector<float> values = {0};
  for (int64_t place = 0; place < config.places(); ++place) {
    for (int64_t level = 0; level < TonesConfig::kLevels; ++level)
      values.push_back(static_cast<float>(value(level, place)));
  }
  const auto size = static_cast<int64_t>(values.size());
  return graph.Node("Gather", name, {graph.Constant(name + ".values", {size}, values), tones});
}

// Amplitudes [P, lines], with a sign where a line of odd number has turned by half a turn in each
// packet before.
Value Turned(GraphBuilder& graph, const Value& amplitudes, const ModelConfig& config) {
  const int64_t first = config.tones->first, lines = config.tones->lines;
  const Value shape = graph.Node("Shape", "tones.shape", {amplitudes}, {{"end", int64_t{1}}});
  const Value count = graph.Node("Squeeze", "tones.packets.count", {shape});
  const Value packet = Reshape(
      graph, "tones.packet.column",
      graph.Node("Range", "tones.packet", {graph.Integer(0), count, graph.Integer(1)}), {-1, 1});
  const Value line = Range(graph, "tones.line", first, first + lines);
  const Value half_turns = graph.Node("Mul", "tones.half_turns", {packet, line});
  const Value half =
      graph.Node("Mul", "tones.packet.turns", {half_turns, graph.Integer(ToneWindow(config) / 2)});
  return graph.Node("Mul", "tones.signed",
                    {amplitudes, Cosines(graph, "tones.sign", half, config)});
}

// The sound of all tones, float [P * packet], times `gain` and `early` samples before its place;
// and with pans the sound of all tones times their sides.
std::vector<Value> Sounds(GraphBuilder& graph, const Value& tones, const Value& sides, float gain,
                          int64_t early, const ModelConfig& config) {
  const TonesConfig& of_tones = *config.tones;
  const int64_t window = ToneWindow(config);
  const int64_t first = of_tones.first, lines = of_tones.lines, said = of_tones.phases;
  // The waves that are summed, by their phases in the window: one of each line, or its cosine and
  // the wave a quarter of a turn ahead; and how much of each.
  std::vector<int64_t> bins;
  std::vector<int64_t> phases;
  std::vector<Value> parts;
  for (int64_t quarter = 0; quarter < (said == 1 ? 1 : 2); ++quarter) {
    for (int64_t k = first; k < first + lines; ++k) {
      bins.push_back(k);
      phases.push_back(said == 1 ? TonesConfig::Phase(k, window) : quarter * window / 4);
    }
    const Value part = LookedUp(
        graph, quarter == 0 ? "tones.amplitudes" : "tones.quadratures", tones, of_tones,
        [&](int64_t level, int64_t place) {
          const double turn = 2 * std::numbers::pi *
                              (static_cast<double>(place % said) / static_cast<double>(said) -
                               static_cast<double>(quarter) / 4);
          return std::pow(10.0, of_tones.level_db(level) / 20) * std::cos(turn);
        });
    parts.push_back(said == 1 ? Turned(graph, part, config) : part);
  }
  const auto waves = static_cast<int64_t>(bins.size());

  // The sound of a packet is the first half of its window and the second half of the one before.
  const Value turns = graph.Node("Mul", "tones.turns",
                                 {graph.Integers("tones.waves.lines", {waves, 1}, bins),
                                  Range(graph, "tones.samples", 0, window)});
  const Value places =
      graph.Node("Add", "tones.places", {turns, graph.Integers("tones.phase", {waves, 1}, phases)});
  const Value windowed =
      graph.Node("Mul", "tones.windowed",
                 {Cosines(graph, "tones.waves", places, config), HannWindow(graph, gain, config)});
  const Value halves = Reshape(graph, "tones.halves", windowed, {waves, 2, config.packet});
  const Value by_half =
      graph.Node("Transpose", "tones.by_half", {halves}, {{"perm", std::vector<int64_t>{1, 0, 2}}});
  const Value basis = Reshape(graph, "tones.basis", by_half, {2 * waves, config.packet});
  const auto sound_of = [&](const std::string& name, const std::vector<Value>& amounts) {
    const Value now = amounts.size() == 1 ? amounts[0]
                                          : graph.Node("Concat", name + ".amounts", amounts,
                                                       {{"axis", int64_t{1}}});
    const Value both =
        graph.Node("Concat", name + ".now_and_before",
                   {now, Delay(graph, name + ".before", now, 1)}, {{"axis", int64_t{1}}});
    const Value sound =
        Reshape(graph, name + ".sound", graph.Node("Gemm", name + ".sounds", {both, basis}), {-1});
    return Delay(graph, name + ".late", sound, config.delay() - window - early, /*rank=*/1);
  };
  std::vector<Value> sounds = {sound_of("tones.both", parts)};
  if (of_tones.pans == 1) return sounds;
  for (size_t i = 0; i < parts.size(); ++i)
    parts[i] = graph.Node("Mul", "tones.side_part." + std::to_string(i), {parts[i], sides});
  sounds.push_back(sound_of("tones.side", parts));
  return sounds;
}

// Two channels, [N] each -> [2, N].
Value Channels(GraphBuilder& graph, const Value& first, const Value& second) {
  return graph.Node("Concat", "tones.channels",
                    {Reshape(graph, first + ".row", first, {1, -1}),
                     Reshape(graph, second + ".row", second, {1, -1})},
                    {{"axis", int64_t{0}}});
}

}  // namespace

Value ToneSides(GraphBuilder& graph, const Value& tones, const ModelConfig& config) {
  const TonesConfig& of_tones = *config.tones;
  if (of_tones.pans == 1) return "";
  return LookedUp(graph, "tones.sides", tones, of_tones,
                  [&](int64_t, int64_t place) { return of_tones.side(place / of_tones.phases); });
}

Value ToneRows(GraphBuilder& graph, const Value& tones, const Value& sides,
               const ModelConfig& config) {
  const Value rows =
      LookedUp(graph, "tones.rows", tones, *config.tones, [&](int64_t level, int64_t) {
        return (6 + config.tones->level_db(level) - TonesConfig::kFloorDb) / 20;
      });
  if (config.tones->pans == 1) return rows;
  const Value of_sides = graph.Node("Mul", "tones.side_rows", {rows, sides});
  return graph.Node("Concat", "tones.all_rows", {rows, of_sides}, {{"axis", int64_t{1}}});
}

Value ToneSound(GraphBuilder& graph, const Value& tones, const Value& sides,
                const ModelConfig& config) {
  const std::vector<Value> sounds = Sounds(graph, tones, sides, 1, 0, config);
  if (sounds.size() == 1) return sounds[0];
  return Channels(graph, graph.Node("Add", "tones.left", sounds),
                  graph.Node("Sub", "tones.right", sounds));
}

Value EarlyToneSound(GraphBuilder& graph, const Value& tones, const Value& sides,
                     const ModelConfig& config) {
  // Left and right are their sum and difference.
  const std::vector<Value> sounds =
      Sounds(graph, tones, sides, std::numbers::sqrt2_v<float>, config.analysis.hop, config);
  if (sounds.size() == 2) return Channels(graph, sounds[0], sounds[1]);
  const Value mid = Reshape(graph, "tones.mid", sounds[0], {1, -1});
  return graph.Node("Pad", "tones.mid_side", {mid, graph.Integers({0, 0, 1, 0})});
}

}  // namespace motet::exporter
