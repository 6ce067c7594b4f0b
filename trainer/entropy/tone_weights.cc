#include "entropy/tone_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace motet::trainer {
namespace {

// Calls `on_symbol(kind, context, symbol)` for each symbol of the tones of a page.
template <typename OnSymbol>
void ForEachSymbol(const ModelConfig& config, std::span<const uint8_t> packets,
                   const OnSymbol& on_symbol) {
  const TonesConfig& of_tones = config.tones.value();
  const auto packet_bytes = static_cast<size_t>(config.packet_bytes(config.max_quality()));
  std::vector<Tone> earlier(static_cast<size_t>(of_tones.lines)), before(earlier), tones(earlier);
  for (auto at = static_cast<size_t>(config.tones_offset()); at < packets.size();
       at += packet_bytes) {
    ReadTones(of_tones, &packets[at], tones);
    WalkTones(of_tones, earlier, before, tones,
              [&](ToneSymbol kind, size_t context, size_t symbol) {
                on_symbol(kind, context, symbol);
                return symbol;
              });
    std::swap(earlier, before);
    std::swap(before, tones);
  }
}

// The likeliest of a context gets the highest weight.
void ToWeights(std::span<const double> counts, std::span<uint32_t> weights) {
  const double most = *std::max_element(counts.begin(), counts.end());
  std::transform(counts.begin(), counts.end(), weights.begin(), [&](double count) {
    return std::max(1U, static_cast<uint32_t>(std::lround(kToneWeightLimit * count / most)));
  });
}

}  // namespace

std::span<const uint32_t> ToneWeights::Of(ToneSymbol kind, size_t context) const {
  const auto index = static_cast<size_t>(kind);
  const size_t symbols = ToneTables(config)[index].symbols;
  return std::span(tables[index]).subspan(context * symbols, symbols);
}

IntegerTensors ToneWeights::ToTensors() const {
  IntegerTensors tensors;
  const auto described = ToneTables(config);
  for (size_t kind = 0; kind < kToneSymbols; ++kind) {
    const Table& table = tables[kind];
    if (table.empty()) continue;
    tensors[described[kind].tensor()] = {{static_cast<int64_t>(table.size())},
                                         {table.begin(), table.end()}};
  }
  return tensors;
}

ToneWeights CountTones(const CodeExamples& examples) {
  const auto described = ToneTables(examples.config().tones.value());
  std::array<std::vector<double>, kToneSymbols> counts;
  for (size_t kind = 0; kind < kToneSymbols; ++kind)
    counts[kind].assign(described[kind].size(), 0.5);
  for (size_t sequence = 0; sequence < examples.sequences(); ++sequence) {
    for (int64_t first = 0; first < examples.packets(sequence); first += kPagePackets) {
      ForEachSymbol(examples.config(), examples.Packets(sequence, first, kPagePackets),
                    [&](ToneSymbol kind, size_t context, size_t symbol) {
                      const auto index = static_cast<size_t>(kind);
                      ++counts[index][context * described[index].symbols + symbol];
                    });
    }
  }
  ToneWeights weights{.config = *examples.config().tones, .tables = {}};
  for (size_t kind = 0; kind < kToneSymbols; ++kind) {
    const size_t symbols = described[kind].symbols;
    weights.tables[kind].resize(counts[kind].size());
    for (size_t at = 0; at < counts[kind].size(); at += symbols)
      ToWeights(std::span(counts[kind]).subspan(at, symbols),
                std::span(weights.tables[kind]).subspan(at, symbols));
  }
  return weights;
}

double ToneBits(const ToneWeights& weights, const ModelConfig& config,
                std::span<const uint8_t> packets) {
  double bits = 0;
  ForEachSymbol(config, packets, [&](ToneSymbol kind, size_t context, size_t symbol) {
    const auto of_context = weights.Of(kind, context);
    const auto sum = std::accumulate(of_context.begin(), of_context.end(), uint32_t{0});
    bits += std::log2(static_cast<double>(sum) / of_context[symbol]);
  });
  return bits;
}

}  // namespace motet::trainer
