// Levels of bands (docs/ARCHITECTURE.md, "Levels of bands"): the encoder's part, which measures
// them, and the decoder's, which tells them to the network and brings its sound there. A spectrum
// has a row of mid and one of side for each frame, as that of the analysis before companding.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// spectrum [8 P, window] -> int64 [P, bands], the levels' bytes of each packet.
Value MeasureLevels(GraphBuilder& graph, const Value& spectrum, const ModelConfig& config);

// packets int64 [P, bytes] -> int64 [P, bands], 0...31. Where bytes are absent (256), nothing is
// said: 0.
Value ReadLevels(GraphBuilder& graph, const Value& packets, const ModelConfig& config);

// Of those, what the decoder's network is told: float [P, bands].
Value LevelRows(GraphBuilder& graph, const Value& levels);

// spectrum [8 P, window]: of the whole sound, tones and all; levels -> the spectrum, mid at the
// levels.
Value BringToLevels(GraphBuilder& graph, const Value& spectrum, const Value& levels,
                    const ModelConfig& config);

}  // namespace motet::exporter
