#include "entropy/symbol_weights.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace motet::trainer {
namespace {

// The likeliest of a context gets the highest weight.
void AddWeights(std::span<const double> counts, std::vector<uint32_t>& weights) {
  const double most = *std::max_element(counts.begin(), counts.end());
  std::transform(counts.begin(), counts.end(), std::back_inserter(weights), [&](double count) {
    return std::max(1U, static_cast<uint32_t>(std::lround(kSymbolWeightLimit * count / most)));
  });
}

}  // namespace

std::span<const uint32_t> SymbolWeights::Of(size_t context) const {
  return std::span(weights).subspan(context * symbols, symbols);
}

double SymbolWeights::Bits(size_t context, size_t symbol) const {
  const auto of_context = Of(context);
  const auto sum = std::accumulate(of_context.begin(), of_context.end(), uint32_t{0});
  return std::log2(static_cast<double>(sum) / of_context[symbol]);
}

IntegerTensor SymbolWeights::ToTensor() const {
  return {{static_cast<int64_t>(weights.size())}, {weights.begin(), weights.end()}};
}

SymbolCounts::SymbolCounts(size_t contexts, size_t symbols)
    : symbols_(symbols), counts_(contexts * symbols, 0.5) {}

SymbolWeights SymbolCounts::ToWeights() const {
  SymbolWeights result{.symbols = symbols_, .weights = {}};
  for (size_t at = 0; at < counts_.size(); at += symbols_)
    AddWeights(std::span(counts_).subspan(at, symbols_), result.weights);
  return result;
}

void ForEachPage(const CodeExamples& examples,
                 const std::function<void(std::span<const uint8_t>)>& on_page) {
  for (size_t sequence = 0; sequence < examples.sequences(); ++sequence) {
    for (int64_t first = 0; first < examples.packets(sequence); first += kPagePackets)
      on_page(examples.Packets(sequence, first, kPagePackets));
  }
}

}  // namespace motet::trainer
