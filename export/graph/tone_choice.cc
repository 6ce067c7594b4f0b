#include "graph/tone_choice.h"

#include <algorithm>
#include <numbers>

#include "graph/tones.h"
#include "model_config/tone_choice.h"

namespace motet::exporter {
namespace {

using namespace tone_choice;

constexpr float kNever = -1000;  // dB: the score of what can be no tone

// Bins whose level the choice asks for: an even number of them, the first even.
struct Bins {
  explicit Bins(const ModelConfig& config)
      : first(std::max<int64_t>(0, config.tones->first - 1 - kSurroundings) / 2 * 2),
        there(std::min(config.packet + 1,
                       config.tones->first + config.tones->lines + kSurroundings + 1) -
              first),
        computed(there + there % 2) {}

  int64_t first;
  int64_t there;     // up to half of the sample rate
  int64_t computed;  // one more, where `there` is odd
};

// halves [P, packet] of windows, combined -> the energy of the even or of the odd bins, [P,
// bins/2]. Half a window later an even bin's cosine is the same, an odd one's the opposite: half of
// the products suffice for each.
Value Energy(GraphBuilder& graph, const std::string& name, const Value& halves, const Bins& bins,
             bool odd, const ModelConfig& config) {
  const int64_t count = bins.computed / 2;
  std::vector<int64_t> bin;
  std::vector<int64_t> quarter;  // of a turn further are the sines
  for (const bool sine : {false, true}) {
    for (int64_t i = 0; i < count; ++i) {
      bin.push_back(bins.first + 2 * i + (odd ? 1 : 0));
      quarter.push_back(sine ? ToneWindow(config) / 4 : 0);
    }
  }
  const Value time =
      Reshape(graph, name + ".time", Range(graph, name + ".samples", 0, config.packet), {-1, 1});
  const Value steps =
      graph.Node("Mul", name + ".steps", {time, graph.Integers(name + ".bins", {2 * count}, bin)});
  const Value places = graph.Node("Add", name + ".places",
                                  {steps, graph.Integers("tones.quarters", {2 * count}, quarter)});
  const Value spectrum = graph.Node("Gemm", name + ".spectrum",
                                    {halves, Cosines(graph, name + ".basis", places, config)});
  const Value squares = graph.Node("Mul", name + ".squares", {spectrum, spectrum});
  const Value re2 = Cut(graph, name + ".re2", squares, 1, 0, count);
  const Value im2 = Cut(graph, name + ".im2", squares, 1, count, 2 * count);
  return graph.Node("Add", name, {re2, im2});
}

// audio [1, 2, N] -> the level in dB of each bin of the windows that end with each packet, [P,
// bins].
Value Levels(GraphBuilder& graph, const Value& audio, const Bins& bins, const ModelConfig& config) {
  const int64_t window = ToneWindow(config);
  const Value mean = graph.Node("ReduceMean", "tones.mean", {audio},
                                {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}});
  const Value now = Reshape(graph, "tones.packets", mean, {-1, config.packet});
  const Value before = Delay(graph, "tones.packets.before", now, 1);
  const Value taper = HannWindow(graph, 4 / static_cast<float>(window), config);
  const Value first =
      graph.Node("Mul", "tones.first_half",
                 {before, Cut(graph, "tones.window.first", taper, 0, 0, config.packet)});
  const Value second =
      graph.Node("Mul", "tones.second_half",
                 {now, Cut(graph, "tones.window.second", taper, 0, config.packet, window)});
  const Value sum = graph.Node("Add", "tones.halves.sum", {first, second});
  const Value difference = graph.Node("Sub", "tones.halves.difference", {first, second});
  const Value even = Energy(graph, "tones.even", sum, bins, /*odd=*/false, config);
  const Value odd = Energy(graph, "tones.odd", difference, bins, /*odd=*/true, config);
  const Value pairs =
      graph.Node("Concat", "tones.energy.pairs",
                 {Reshape(graph, "tones.even.columns", even, {-1, bins.computed / 2, 1}),
                  Reshape(graph, "tones.odd.columns", odd, {-1, bins.computed / 2, 1})},
                 {{"axis", int64_t{2}}});
  const Value all = Reshape(graph, "tones.energy.all", pairs, {-1, bins.computed});
  const Value energy = Cut(graph, "tones.energy", all, 1, 0, bins.there);
  const Value amplitude = graph.Node("Sqrt", "tones.magnitude", {energy});
  const Value floored =
      graph.Node("Add", "tones.amplitude",
                 {amplitude, graph.Scalar("tones.silence", static_cast<float>(kSilence))});
  const Value log = graph.Node("Log", "tones.log", {floored});
  const auto decibels = static_cast<float>(20 / std::numbers::ln10);
  return graph.Node("Mul", "tones.level", {log, graph.Scalar("tones.decibels", decibels)});
}

// A pooling along lines, [P, lines] -> the same shape.
Value Pool(GraphBuilder& graph, const std::string& op, const std::string& name, const Value& x,
           int64_t reach) {
  const Value channel = graph.Node("Unsqueeze", name + ".in", {x, graph.Integers({1})});
  const Value pooled = graph.Node(op, name + ".pool", {channel},
                                  {{"kernel_shape", std::vector<int64_t>{2 * reach + 1}},
                                   {"pads", std::vector<int64_t>{reach, reach}}});
  return graph.Node("Squeeze", name, {pooled, graph.Integers({1})});
}

Value Above(GraphBuilder& graph, const std::string& name, const Value& x, const Value& limit) {
  return graph.Node("Greater", name, {x, limit});
}

Value Both(GraphBuilder& graph, const std::string& name, const Value& a, const Value& b) {
  return graph.Node("And", name, {a, b});
}

// What one round of the choice is made of, [P, lines] each.
struct Scores {
  Value begins;   // of a line that had no tone in the packet before; kNever where none may begin
  Value goes_on;  // of one that had; kNever where it may not go on
  Value level;    // dB
};

Scores Score(GraphBuilder& graph, const Value& audio, const ModelConfig& config) {
  const int64_t lines = config.tones->lines;
  const Bins bins(config);
  const Value level = Levels(graph, audio, bins, config);
  const Value surroundings = Pool(graph, "AveragePool", "tones.surroundings", level, kSurroundings);
  const Value above = graph.Node("Sub", "tones.above", {level, surroundings});
  const int64_t first = config.tones->first - bins.first;
  const auto at = [&](const std::string& name, const Value& x, int64_t shift) {
    return Cut(graph, name, x, 1, first + shift, first + shift + lines);
  };
  const Value here = at("tones.here", above, 0);
  const Value lower =
      graph.Node("GreaterOrEqual", "tones.above_lower", {here, at("tones.lower", above, -1)});
  const Value higher =
      graph.Node("GreaterOrEqual", "tones.above_higher", {here, at("tones.higher", above, 1)});
  const Value line_level = at("tones.line_level", level, 0);
  const Value loud =
      Above(graph, "tones.loud", line_level, graph.Scalar("tones.floor", TonesConfig::kFloorDb));
  const Value top = Both(graph, "tones.top", lower, higher);
  const Value stands = Above(graph, "tones.stands_out", here,
                             graph.Scalar("tones.begins_above", static_cast<float>(kBegins)));
  const Value peak = Both(graph, "tones.peak", top, Both(graph, "tones.clear", stands, loud));
  const Value lasts = Both(graph, "tones.lasts",
                           Above(graph, "tones.still", here,
                                 graph.Scalar("tones.goes_on_above", static_cast<float>(kGoesOn))),
                           loud);

  // All this is of the windows that end with each packet, those of the packet after it.
  const Value next = Pool(graph, "MaxPool", "tones.next",
                          Cast(graph, "tones.peak.float", peak, GraphBuilder::Type::kFloat), 1);
  const Value begins = Both(graph, "tones.begins", Delay(graph, "tones.peak.now", peak, 1),
                            Above(graph, "tones.next.there", next, graph.Scalar("zero", 0)));
  const Value bonus =
      graph.Node("Mul", "tones.bonus",
                 {next, graph.Scalar("tones.bonus.next", static_cast<float>(kBonusLasts))});
  const Value score =
      graph.Node("Add", "tones.score", {Delay(graph, "tones.above.now", here, 1), bonus});
  const Value preferred =
      graph.Node("Add", "tones.preferred",
                 {score, graph.Scalar("tones.bonus.on", static_cast<float>(kBonusGoesOn))});
  const Value never = graph.Scalar("tones.never", kNever);
  return {graph.Node("Where", "tones.score.begins", {begins, score, never}),
          graph.Node("Where", "tones.score.goes_on",
                     {Delay(graph, "tones.lasts.now", lasts, 1), preferred, never}),
          Delay(graph, "tones.level.now", line_level, 1)};
}

// Which lines are kept in the end, bool [P, lines]. A line that may begin may also go on, so one
// score or the other counts.
Value Choose(GraphBuilder& graph, const Scores& scores, const ModelConfig& config) {
  const Value nothing =
      graph.Node("Min", "tones.nothing", {scores.begins, graph.Scalar("tones.never", kNever)});
  Value score = scores.begins;
  for (int64_t round = 0;; ++round) {
    const std::string name = "tones.round." + std::to_string(round);
    const auto [best, lines] = TopK(graph, name + ".best", score, config.tones->count);
    const Value scattered = graph.Node("ScatterElements", name + ".scores", {nothing, lines, best},
                                       {{"axis", int64_t{1}}});
    const Value kept = Above(graph, name, scattered, graph.Scalar("tones.possible", kNever / 2));
    if (round + 1 == TonesConfig::kRounds) return kept;
    score = graph.Node("Where", name + ".next",
                       {Delay(graph, name + ".before", kept, 1), scores.goes_on, scores.begins});
  }
}

}  // namespace

Value PickTones(GraphBuilder& graph, const Value& audio, const ModelConfig& config) {
  const TonesConfig& tones = *config.tones;
  const Scores scores = Score(graph, audio, config);
  const Value kept = Choose(graph, scores, config);
  // The lines that are kept, from the lowest on: how far they are from the end, and their places.
  std::vector<float> to_end;
  for (int64_t line = 0; line < tones.lines; ++line) {
    to_end.push_back(static_cast<float>(tones.lines - line));
  }
  const Value order = graph.Node(
      "Where", "tones.order",
      {kept, graph.Constant("tones.to_end", {tones.lines}, to_end), graph.Scalar("zero", 0)});
  const auto [sorted, lines] = TopK(graph, "tones.sorted", order, tones.count);
  const Value there = Above(graph, "tones.there", sorted, graph.Scalar("zero", 0));

  const Value above_floor =
      graph.Node("Sub", "tones.above_floor",
                 {scores.level, graph.Scalar("tones.floor", TonesConfig::kFloorDb)});
  const Value steps =
      graph.Node("Div", "tones.steps",
                 {above_floor, graph.Scalar("tones.step", static_cast<float>(tones.step_db))});
  const Value limited =
      graph.Node("Clip", "tones.limited",
                 {graph.Node("Round", "tones.rounded", {steps}), graph.Scalar("zero", 0),
                  graph.Scalar("tones.highest", TonesConfig::kLevels - 1)});
  const Value kept_levels =
      graph.Node("GatherElements", "tones.levels", {limited, lines}, {{"axis", int64_t{1}}});
  const Value numbers = graph.Node("Add", "tones.numbers", {lines, graph.Integer(1)});
  const Value levels = Cast(graph, "tones.levels.int", kept_levels, GraphBuilder::Type::kInt64);
  const auto column = [&](const std::string& name, const Value& byte) {
    const Value or_zero = graph.Node("Where", name, {there, byte, graph.Integer(0)});
    return Reshape(graph, name + ".column", or_zero, {-1, tones.count, 1});
  };
  const Value pairs =
      graph.Node("Concat", "tones.pairs",
                 {column("tones.number", numbers), column("tones.level_byte", levels)},
                 {{"axis", int64_t{2}}});
  return Reshape(graph, "tones.bytes", pairs, {-1, tones.bytes()});
}

}  // namespace motet::exporter
