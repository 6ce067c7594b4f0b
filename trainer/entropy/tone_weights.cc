#include "entropy/tone_weights.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace motet::trainer {
namespace {

// Calls `on_symbol(kind, context, symbol)` for each symbol of the tones of a page.
template <typename OnSymbol>
void ForEachToneSymbol(const ModelConfig& config, std::span<const uint8_t> packets,
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

}  // namespace

IntegerTensors ToneWeights::ToTensors(const TonesConfig& config) const {
  IntegerTensors tensors;
  const auto described = ToneTables(config);
  for (size_t kind = 0; kind < kToneSymbols; ++kind) {
    if (!tables[kind].weights.empty()) tensors[described[kind].tensor()] = tables[kind].ToTensor();
  }
  return tensors;
}

ToneWeights CountTones(const CodeExamples& examples) {
  std::vector<SymbolCounts> counts;
  for (const ToneTable& table : ToneTables(examples.config().tones.value()))
    counts.emplace_back(table.contexts, table.symbols);
  ForEachPage(examples, [&](std::span<const uint8_t> packets) {
    ForEachToneSymbol(examples.config(), packets,
                      [&](ToneSymbol kind, size_t context, size_t symbol) {
                        counts[static_cast<size_t>(kind)].Add(context, symbol);
                      });
  });
  ToneWeights weights;
  std::transform(counts.begin(), counts.end(), weights.tables.begin(),
                 [](const SymbolCounts& of_kind) { return of_kind.ToWeights(); });
  return weights;
}

double ToneBits(const ToneWeights& weights, const ModelConfig& config,
                std::span<const uint8_t> packets) {
  double bits = 0;
  ForEachToneSymbol(config, packets, [&](ToneSymbol kind, size_t context, size_t symbol) {
    bits += weights.Of(kind).Bits(context, symbol);
  });
  return bits;
}

}  // namespace motet::trainer
