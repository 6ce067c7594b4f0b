#include "graph/quantizer.h"

namespace motet::exporter {
namespace {

std::string Name(Level level, size_t i) {
  return std::string("quantizer.") + kLevelNames[level] + "." + std::to_string(i);
}

// Nearest entry: |e - c|^2 is smallest where 2 e.c - |c|^2 is largest, the lowest index on ties.
Value Nearest(GraphBuilder& graph, const std::string& name, const Value& e) {
  const Weight& codebook = graph.TrainedWeight(name + ".codebook");
  const auto entries = static_cast<size_t>(codebook.shape[0]);
  const auto dim = static_cast<size_t>(codebook.shape[1]);
  std::vector<float> offsets;
  for (size_t j = 0; j < entries; ++j) {
    double norm = 0;
    for (size_t d = 0; d < dim; ++d) {
      const double c = codebook.values[j * dim + d];
      norm += c * c;
    }
    offsets.push_back(static_cast<float>(-norm));
  }
  const Value scores =
      graph.Node("Gemm", name + ".scores",
                 {e, graph.Initializer(name + ".codebook"),
                  graph.Constant(name + ".codebook.offset", {codebook.shape[0]}, offsets)},
                 {{"alpha", 2.0F}, {"transB", int64_t{1}}});
  return graph.Node("ArgMax", name + ".code", {scores},
                    {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}});
}

// codebook rows -> latent, without bias.
Value Output(GraphBuilder& graph, const std::string& name, const Value& codebook,
             const Value& code) {
  const Value entry = graph.Node("Gather", name + ".entry", {codebook, code});
  return graph.Node("Gemm", name + ".output", {entry, graph.Initializer(name + ".output.weight")},
                    {{"transB", int64_t{1}}});
}

// Which frames of a packet, as a part of a name.
std::string HalfOf(const LadderCodes& codes) {
  return codes.every == 1 ? "" : codes.first == 0 ? ".even" : ".odd";
}

Value Columns(GraphBuilder& graph, const std::string& name, const Value& x,
              const std::vector<int64_t>& columns) {
  return graph.Node("Gather", name, {x, graph.Integers(columns)}, {{"axis", int64_t{1}}});
}

Value Sum(GraphBuilder& graph, const std::string& name, const Value& total, const Value& term) {
  return total.empty() ? term : graph.Node("Add", name, {total, term});
}

}  // namespace

Quantized Quantize(GraphBuilder& graph, Level level, const Value& z, const ModelConfig& config) {
  Quantized result;
  Value residual = z;
  const auto count = static_cast<size_t>(config.quantizer.per_level);
  for (size_t i = 0; i < count; ++i) {
    const std::string name = Name(level, i);
    const Value e = Linear(graph, name + ".input", residual);
    result.codes.push_back(Nearest(graph, name, e));
    const bool known = i < static_cast<size_t>(config.quantizer.context) && level != kFine;
    if (!known && i + 1 == count) break;  // nobody reads what is left
    const Value output = Output(graph, name, name + ".codebook", result.codes.back());
    if (known) result.known = Sum(graph, name + ".known", result.known, output);
    if (i + 1 < count) residual = graph.Node("Sub", name + ".residual", {residual, output});
  }
  return result;
}

Value Dequantize(GraphBuilder& graph, Level level, const std::vector<Value>& codes,
                 const ModelConfig& config) {
  Value total;
  for (size_t i = 0; i < codes.size(); ++i) {
    const std::string name = Name(level, i);
    std::vector<float> entries = graph.TrainedWeight(name + ".codebook").values;
    entries.resize(entries.size() + static_cast<size_t>(config.quantizer.dim), 0.0F);
    const Value codebook = graph.Constant(
        name + ".codebook", {config.quantizer.entries + 1, config.quantizer.dim}, entries);
    total = Sum(graph, name + ".sum", total, Output(graph, name, codebook, codes[i]));
  }
  return total;
}

Value ToPackets(GraphBuilder& graph, const LevelCodes& codes, const Value& tones,
                const Value& levels, const ModelConfig& config) {
  std::vector<Value> steps;
  int64_t quality = 0;
  for (const LadderStep& step : config.ladder()) {
    for (const LadderCodes& each : step) {
      const auto index = static_cast<size_t>(each.quantizer);
      const int64_t frames = kFramesPerPacket[each.level];
      const std::string name = Name(each.level, index) + ".packets" + HalfOf(each);
      const Value rows = Reshape(graph, name, codes[each.level][index], {-1, frames});
      std::vector<int64_t> columns;
      for (int64_t frame = each.first; frame < frames; frame += each.every)
        columns.push_back(frame);
      const bool all = each.every == 1;
      steps.push_back(all ? rows : Columns(graph, name + ".columns", rows, columns));
    }
    ++quality;
    if (config.tones && quality == config.tones->from_quality) steps.push_back(tones);
    if (config.bands && quality == config.bands->from_quality) steps.push_back(levels);
  }
  return graph.Node("Concat", "packets", steps, {{"axis", int64_t{1}}});
}

LevelCodes FromPackets(GraphBuilder& graph, const Value& packets, const ModelConfig& config) {
  LevelCodes codes;
  for (const LadderQuantizer& each : config.quantizers()) {
    const std::string name = Name(each.level, static_cast<size_t>(each.quantizer));
    const int64_t begin = each.places.front().offset;
    std::vector<int64_t> offsets;
    for (const auto& place : each.places) offsets.push_back(place.offset);
    const Value columns =
        each.whole() ? Cut(graph, name + ".packets", packets, 1, begin, begin + each.frames())
                     : Columns(graph, name + ".packets", packets, offsets);
    // The quantizers of a level come in order.
    codes[each.level].push_back(Reshape(graph, name + ".code", columns, {-1}));
  }
  return codes;
}

int64_t RowBytes(const ModelConfig& config) { return config.packet_bytes(config.max_quality()); }

}  // namespace motet::exporter
