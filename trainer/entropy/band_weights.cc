#include "entropy/band_weights.h"

#include <utility>
#include <vector>

#include "model_config/band_symbols.h"

namespace motet::trainer {
namespace {

// Calls `on_symbol(context, symbol)` for each symbol of the levels of a page.
template <typename OnSymbol>
void ForEachBandSymbol(const ModelConfig& config, std::span<const uint8_t> packets,
                       const OnSymbol& on_symbol) {
  const auto bands = static_cast<size_t>(config.bands.value().bytes());
  const auto packet_bytes = static_cast<size_t>(config.packet_bytes(config.max_quality()));
  std::vector<uint8_t> earlier(bands), before(bands), levels(bands);
  for (auto at = static_cast<size_t>(config.bands_offset()); at < packets.size();
       at += packet_bytes) {
    const auto bytes = packets.subspan(at, bands);
    levels.assign(bytes.begin(), bytes.end());
    WalkBands(earlier, before, levels, [&](size_t context, size_t symbol) {
      on_symbol(context, symbol);
      return symbol;
    });
    std::swap(earlier, before);
    std::swap(before, levels);
  }
}

}  // namespace

SymbolWeights CountBands(const CodeExamples& examples) {
  SymbolCounts counts(kBandContexts, kBandSymbols);
  ForEachPage(examples, [&](std::span<const uint8_t> packets) {
    ForEachBandSymbol(examples.config(), packets,
                      [&](size_t context, size_t symbol) { counts.Add(context, symbol); });
  });
  return counts.ToWeights();
}

double BandBits(const SymbolWeights& weights, const ModelConfig& config,
                std::span<const uint8_t> packets) {
  double bits = 0;
  ForEachBandSymbol(config, packets,
                    [&](size_t context, size_t symbol) { bits += weights.Bits(context, symbol); });
  return bits;
}

}  // namespace motet::trainer
