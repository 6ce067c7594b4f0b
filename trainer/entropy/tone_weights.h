// How likely the tones of packets are, counted in music: the tables entropy.tones.* of
// docs/FORMAT.md ("Tones").
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "entropy/code_examples.h"
#include "entropy/entropy_model.h"
#include "model_config/tone_symbols.h"

namespace motet::trainer {

// Weights 1…65535 of the symbols, by context.
struct ToneWeights {
  std::array<std::array<uint32_t, 2>, kToneFlagContexts> flags;
  std::array<std::array<uint32_t, TonesConfig::kLevels>, kToneLevelContexts> levels;

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
