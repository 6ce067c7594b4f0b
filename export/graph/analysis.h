// From the stereo waveform to companded spectrum rows.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// audio [1, 2, N] left/right -> [N / hop, 2 * window]: the rows of mid and of side.
Value Analysis(GraphBuilder& graph, const Value& audio, const ModelConfig& config);

}  // namespace motet::exporter
