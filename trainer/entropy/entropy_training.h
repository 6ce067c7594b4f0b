// Learning an entropy model, and measuring what it saves.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "entropy/band_weights.h"
#include "entropy/code_examples.h"
#include "entropy/entropy_network.h"
#include "entropy/tone_weights.h"

namespace motet::trainer {

struct EntropyTrainingOptions {
  int64_t steps = 4000;         // of the optimizer
  int64_t batch = 1024;         // codes of each quantizer in one of them
  double learning_rate = 1e-2;  // at first; it falls to 0 along a cosine
  uint64_t seed = 1;            // of the examples
};

// Trains with Adam (Kingma & Ba 2015). Calls `on_step` after each step with its number from 1 on
// and the mean bits for a code of its batch; what it throws ends the training.
void TrainEntropyNetwork(EntropyNetwork& network, const CodeExamples& examples,
                         const EntropyTrainingOptions& options,
                         const std::function<void(int64_t, double)>& on_step);

struct EntropyFigures {
  std::vector<double> bits;          // for a code, by quantizer, at the highest quality
  std::vector<double> packet_bytes;  // entry q-1: of a packet at quality q, entropy-coded
  double tone_bits = 0;              // of a packet, if it has tones
  double band_bits = 0;              // of a packet, if it has levels of bands
};

// Measures with the exact weights of the range coder, in pages of as many packets as
// `motet encode` writes; a page's bits are rounded up to bytes, and it is no longer than it was.
// `tones` and `bands` are those of a model with tones, or levels of bands. Calls `on_sequence`
// before each sequence; what it throws ends the measurement.
EntropyFigures MeasureEntropyNetwork(EntropyNetwork& network,
                                     const std::optional<ToneWeights>& tones,
                                     const std::optional<SymbolWeights>& bands,
                                     const CodeExamples& examples,
                                     const std::function<void()>& on_sequence);

}  // namespace motet::trainer
