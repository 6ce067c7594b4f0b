// How likely the levels of bands of packets are, counted in music: the table entropy.bands.levels
// of docs/FORMAT.md ("Levels of bands").
#pragma once

#include <cstdint>
#include <span>

#include "entropy/symbol_weights.h"

namespace motet::trainer {

// From all packets of examples of a model with levels of bands.
SymbolWeights CountBands(const CodeExamples& examples);

// Bits that the levels of a page take: `packets` are whole ones of the highest quality.
double BandBits(const SymbolWeights& weights, const ModelConfig& config,
                std::span<const uint8_t> packets);

}  // namespace motet::trainer
