// How likely the tones of packets are, counted in music: the tables entropy.tones.* of
// docs/FORMAT.md ("Tones").
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "entropy/symbol_weights.h"
#include "model_config/tone_symbols.h"

namespace motet::trainer {

struct ToneWeights {
  std::array<SymbolWeights, kToneSymbols> tables;  // by ToneSymbol

  const SymbolWeights& Of(ToneSymbol kind) const { return tables[static_cast<size_t>(kind)]; }
  // As an entropy model has them, by name.
  IntegerTensors ToTensors(const TonesConfig& config) const;
};

// From all packets of examples of a model with tones.
ToneWeights CountTones(const CodeExamples& examples);

// Bits that the tones of a page take: `packets` are whole ones of the highest quality.
double ToneBits(const ToneWeights& weights, const ModelConfig& config,
                std::span<const uint8_t> packets);

}  // namespace motet::trainer
