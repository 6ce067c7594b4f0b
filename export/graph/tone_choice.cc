#include "graph/tone_choice.h"

#include <algorithm>
#include <cmath>
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

// Of windows that end with each packet, [P, bins] each.
struct Spectrum {
  Value re;
  Value im;
};

// halves [P, packet] of windows, combined -> the even or the odd bins, [P, bins/2] each. Half a
// window later an even bin's cosine is the same, an odd one's the opposite: half of the products
// suffice for each.
Spectrum HalfOfBins(GraphBuilder& graph, const std::string& name, const Value& halves,
                    const Bins& bins, bool odd, const ModelConfig& config) {
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
  return {Cut(graph, name + ".re", spectrum, 1, 0, count),
          Cut(graph, name + ".im", spectrum, 1, count, 2 * count)};
}

// Packets [P, packet], and those before them -> their spectrum, scaled such that a sinusoid's is
// its amplitude.
Spectrum SpectrumOf(GraphBuilder& graph, const Value& now, const Value& before, const Bins& bins,
                    const ModelConfig& config) {
  const int64_t window = ToneWindow(config);
  const Value taper = HannWindow(graph, 4 / static_cast<float>(window), config);
  const Value first =
      graph.Node("Mul", "tones.first_half",
                 {before, Cut(graph, "tones.window.first", taper, 0, 0, config.packet)});
  const Value second =
      graph.Node("Mul", "tones.second_half",
                 {now, Cut(graph, "tones.window.second", taper, 0, config.packet, window)});
  const Value sum = graph.Node("Add", "tones.halves.sum", {first, second});
  const Value difference = graph.Node("Sub", "tones.halves.difference", {first, second});
  const Spectrum even = HalfOfBins(graph, "tones.even", sum, bins, /*odd=*/false, config);
  const Spectrum odd = HalfOfBins(graph, "tones.odd", difference, bins, /*odd=*/true, config);
  const auto in_order = [&](const std::string& name, const Value& of_even, const Value& of_odd) {
    const Value pairs =
        graph.Node("Concat", name + ".pairs",
                   {Reshape(graph, name + ".even.columns", of_even, {-1, bins.computed / 2, 1}),
                    Reshape(graph, name + ".odd.columns", of_odd, {-1, bins.computed / 2, 1})},
                   {{"axis", int64_t{2}}});
    const Value all = Reshape(graph, name + ".all", pairs, {-1, bins.computed});
    return Cut(graph, name, all, 1, 0, bins.there);
  };
  return {in_order("tones.re", even.re, odd.re), in_order("tones.im", even.im, odd.im)};
}

// Of the mean of left and right and, where tones have pans, of half of their difference.
struct Spectra {
  Spectrum mean;
  Spectrum side;
};

// audio [1, 2, N]
Spectra SpectraOf(GraphBuilder& graph, const Value& audio, const Bins& bins,
                  const ModelConfig& config) {
  const Value mean = graph.Node("ReduceMean", "tones.mean", {audio},
                                {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}});
  const Value now = Reshape(graph, "tones.packets", mean, {-1, config.packet});
  const Value before = Delay(graph, "tones.packets.before", now, 1);
  if (config.tones->pans == 1) return {SpectrumOf(graph, now, before, bins, config), {}};
  const Value left = Cut(graph, "tones.left", audio, 1, 0, 1);
  const Value less_mean = graph.Node("Sub", "tones.side", {left, mean});
  const Value side = Reshape(graph, "tones.side.packets", less_mean, {-1, config.packet});
  const auto joined = [&](const std::string& name, const Value& a, const Value& b) {
    return graph.Node("Concat", name, {a, b}, {{"axis", int64_t{0}}});
  };
  const Spectrum both =
      SpectrumOf(graph, joined("tones.both.now", now, side),
                 joined("tones.both.before", before, Delay(graph, "tones.side.before", side, 1)),
                 bins, config);
  const auto half = [&](const std::string& name, const Value& x, int64_t index) {
    const Value halves = Reshape(graph, name + ".halves", x, {2, -1, bins.there});
    return graph.Node("Gather", name, {halves, graph.Integer(index)}, {{"axis", int64_t{0}}});
  };
  return {{half("tones.mean.re", both.re, 0), half("tones.mean.im", both.im, 0)},
          {half("tones.side.re", both.re, 1), half("tones.side.im", both.im, 1)}};
}

// The level in dB of each bin, [P, bins].
Value Levels(GraphBuilder& graph, const Spectrum& spectrum) {
  const Value energy = graph.Node("Add", "tones.energy",
                                  {graph.Node("Mul", "tones.re2", {spectrum.re, spectrum.re}),
                                   graph.Node("Mul", "tones.im2", {spectrum.im, spectrum.im})});
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

Scores Score(GraphBuilder& graph, const Spectrum& spectrum, const Bins& bins,
             const ModelConfig& config) {
  const int64_t lines = config.tones->lines;
  const Value level = Levels(graph, spectrum);
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
  std::vector<float> low;
  for (int64_t line = 0; line < lines; ++line) {
    low.push_back(static_cast<float>(kBonusLow *
                                     (1 - static_cast<double>(line) / static_cast<double>(lines))));
  }
  const Value loudest = graph.Node("ReduceMax", "tones.loudest", {line_level},
                                   {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{1}}});
  const Value below_loudest = graph.Node("Sub", "tones.below_loudest", {loudest, line_level});
  const Value quieter =
      graph.Node("Mul", "tones.quieter",
                 {below_loudest, graph.Scalar("tones.less", static_cast<float>(kQuieter))});
  const Value audible = graph.Node("Sub", "tones.audible", {here, quieter});
  const Value lasting =
      graph.Node("Add", "tones.lasting", {Delay(graph, "tones.audible.now", audible, 1), bonus});
  const Value score = graph.Node("Add", "tones.score",
                                 {lasting, graph.Constant("tones.bonus.low", {1, lines}, low)});
  const Value preferred =
      graph.Node("Add", "tones.preferred",
                 {score, graph.Scalar("tones.bonus.on", static_cast<float>(kBonusGoesOn))});
  const Value never = graph.Scalar("tones.never", kNever);
  const Value least = graph.Scalar("tones.least", static_cast<float>(kLeast));
  const auto if_enough = [&](const std::string& name, const Value& may, const Value& value) {
    const Value enough = graph.Node("GreaterOrEqual", name + ".enough", {value, least});
    return graph.Node("Where", name, {Both(graph, name + ".may", may, enough), value, never});
  };
  return {if_enough("tones.score.begins", begins, score),
          if_enough("tones.score.goes_on", Delay(graph, "tones.lasts.now", lasts, 1), preferred),
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

// The phase of each kept line, int64 [P, count]: the nearest of so many in a turn.
Value PhasesOf(GraphBuilder& graph, const Spectrum& kept, const ModelConfig& config) {
  const int64_t phases = config.tones->phases;
  std::vector<float> cosines;
  std::vector<float> sines;
  for (int64_t i = 0; i < phases; ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(phases);
    cosines.push_back(static_cast<float>(std::cos(turn)));
    sines.push_back(static_cast<float>(std::sin(turn)));
  }
  const auto along = [&](const std::string& name, const Value& x,
                         const std::vector<float>& directions) {
    const Value column = graph.Node("Unsqueeze", name + ".column", {x, graph.Integers({2})});
    return graph.Node("Mul", name,
                      {column, graph.Constant(name + ".directions", {phases}, directions)});
  };
  const Value nearness = graph.Node(
      "Add", "tones.phases.nearness",
      {along("tones.phases.re", kept.re, cosines), along("tones.phases.im", kept.im, sines)});
  return graph.Node("ArgMax", "tones.phases", {nearness},
                    {{"axis", int64_t{2}}, {"keepdims", int64_t{0}}});
}

// The pan of each kept line, int64 [P, count].
Value PansOf(GraphBuilder& graph, const Spectrum& mean, const Spectrum& side,
             const ModelConfig& config) {
  const auto product = [&](const std::string& name, const Spectrum& x) {
    return graph.Node("Add", name,
                      {graph.Node("Mul", name + ".re", {x.re, mean.re}),
                       graph.Node("Mul", name + ".im", {x.im, mean.im})});
  };
  constexpr float kTiny = 1e-30F;  // instead of 0, where there is no tone
  const Value energy =
      graph.Node("Max", "tones.pans.energy",
                 {product("tones.pans.mean", mean), graph.Scalar("tones.tiny", kTiny)});
  const Value balance =
      graph.Node("Div", "tones.pans.balance", {product("tones.pans.side", side), energy});
  const Value limited =
      graph.Node("Clip", "tones.pans.limited",
                 {balance, graph.Scalar("minus_one", -1), graph.Scalar("one", 1)});
  const auto middle = static_cast<float>(config.tones->pans / 2);
  const Value steps =
      graph.Node("Mul", "tones.pans.steps", {limited, graph.Scalar("tones.middle", middle)});
  const Value from_right = graph.Node(
      "Add", "tones.pans.rounded",
      {graph.Node("Round", "tones.pans.nearest", {steps}), graph.Scalar("tones.middle", middle)});
  return Cast(graph, "tones.pans", from_right, GraphBuilder::Type::kInt64);
}

// `lines` int64 [P, count] -> their places, int64 [P, count].
Value PlacesOf(GraphBuilder& graph, const Spectra& spectra, const Value& lines, const Bins& bins,
               const ModelConfig& config) {
  const TonesConfig& tones = *config.tones;
  const int64_t first = tones.first - bins.first;
  // Packet p's window ends with the packet before it.
  const auto kept = [&](const std::string& name, const Value& x) {
    const Value at_lines = Cut(graph, name + ".lines", x, 1, first, first + tones.lines);
    return graph.Node("GatherElements", name + ".kept",
                      {Delay(graph, name + ".now", at_lines, 1), lines}, {{"axis", int64_t{1}}});
  };
  const Spectrum mean = {kept("tones.mean.re", spectra.mean.re),
                         kept("tones.mean.im", spectra.mean.im)};
  const Value phase = tones.phases == 1 ? "" : PhasesOf(graph, mean, config);
  if (tones.pans == 1) return phase;
  const Spectrum side = {kept("tones.side.re", spectra.side.re),
                         kept("tones.side.im", spectra.side.im)};
  const Value pan = PansOf(graph, mean, side, config);
  if (tones.phases == 1) return pan;
  return graph.Node(
      "Add", "tones.places",
      {graph.Node("Mul", "tones.pans.first", {pan, graph.Integer(tones.phases)}), phase});
}

}  // namespace

Value PickTones(GraphBuilder& graph, const Value& audio, const ModelConfig& config) {
  const TonesConfig& tones = *config.tones;
  const Bins bins(config);
  const Spectra spectra = SpectraOf(graph, audio, bins, config);
  const Scores scores = Score(graph, spectra.mean, bins, config);
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
  std::vector<Value> columns = {column("tones.number", numbers),
                                column("tones.level_byte", levels)};
  if (tones.places() > 1) {
    columns.push_back(column("tones.place_byte", PlacesOf(graph, spectra, lines, bins, config)));
  }
  const Value all = graph.Node("Concat", "tones.columns", columns, {{"axis", int64_t{2}}});
  return Reshape(graph, "tones.bytes", all, {-1, tones.bytes()});
}

}  // namespace motet::exporter
