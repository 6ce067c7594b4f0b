// How likely the symbols are that packets carry beside codes, counted in music: what tables of
// docs/FORMAT.md ("Tones", "Levels of bands") have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "entropy/code_examples.h"
#include "entropy/entropy_model.h"

namespace motet::trainer {

// Weights 1…65535 of each of `symbols`, context after context.
struct SymbolWeights {
  size_t symbols = 0;
  std::vector<uint32_t> weights;  // none: there is no such table

  // Of the symbols of a context.
  std::span<const uint32_t> Of(size_t context) const;
  // What the range coder spends on a symbol.
  double Bits(size_t context, size_t symbol) const;
  // As an entropy model has them.
  IntegerTensor ToTensor() const;
};

class SymbolCounts {
 public:
  SymbolCounts(size_t contexts, size_t symbols);
  void Add(size_t context, size_t symbol) { ++counts_[context * symbols_ + symbol]; }
  // A symbol counts half more often than it was added (Krichevsky & Trofimov 1981), so that none is
  // impossible.
  SymbolWeights ToWeights() const;

 private:
  size_t symbols_;
  std::vector<double> counts_;  // context after context
};

// Calls `on_page(packets)` for all packets of the examples, in pages as `motet encode` writes them.
void ForEachPage(const CodeExamples& examples,
                 const std::function<void(std::span<const uint8_t>)>& on_page);

}  // namespace motet::trainer
