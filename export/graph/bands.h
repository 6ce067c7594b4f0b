// Levels of bands (docs/ARCHITECTURE.md, "Levels of bands"): the encoder's part, which measures
// them, and the decoder's, which tells them to the network and brings its sound there. Magnitudes
// and energies are those of mid and of side in turn, two rows of bins for each frame.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// energy [8 P, bins]: |X|^2 before companding -> int64 [P, bands], the levels' bytes of each
// packet.
Value MeasureLevels(GraphBuilder& graph, const Value& energy, const ModelConfig& config);

// packets int64 [P, bytes] -> int64 [P, bands], 0...31. Where bytes are absent (256), nothing is
// said: 0.
Value ReadLevels(GraphBuilder& graph, const Value& packets, const ModelConfig& config);

// Of those, what the decoder's network is told: float [P, bands].
Value LevelRows(GraphBuilder& graph, const Value& levels);

// magnitude [8 P, bins]: what the head says; levels; tones: their powers, of TonePowers, or none
// ("") -> the magnitudes at the levels.
Value BringToLevels(GraphBuilder& graph, const Value& magnitude, const Value& levels,
                    const Value& tones, const ModelConfig& config);

}  // namespace motet::exporter
