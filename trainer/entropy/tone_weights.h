// How likely the tones of packets are, counted in music: the tables entropy.tones.* of
// docs/FORMAT.md ("Tones").
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "entropy/code_examples.h"
#include "entropy/entropy_model.h"
#include "model_config/tone_symbols.h"

namespace motet::trainer {

// Weights 1…65535 of the symbols.
struct ToneWeights {
  using Table = std::vector<uint32_t>;  // context after context

  TonesConfig config;
  std::array<Table, kToneSymbols> tables;  // by ToneSymbol

  // Of the symbols of a context.
  std::span<const uint32_t> Of(ToneSymbol kind, size_t context) const;
  // As an entropy model has them, by name.
  IntegerTensors ToTensors() const;
};

// From all packets of examples of a model with tones, in pages as `motet encode` writes them. A
// symbol counts half more often than it was seen (Krichevsky & Trofimov 1981), so that none is
// impossible.
ToneWeights CountTones(const CodeExamples& examples);

// Bits that the tones of a page take: `packets` are whole ones of the highest quality.
double ToneBits(const ToneWeights& weights, const ModelConfig& config,
                std::span<const uint8_t> packets);

}  // namespace motet::trainer
