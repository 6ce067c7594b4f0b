// From the stereo waveform to companded spectrum rows.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

struct Analysed {
  Value rows;    // [N / hop, 2 * window]: of mid and of side
  Value energy;  // [2 N / hop, bins]: |X|^2 before companding, of mid and of side in turn
};

// audio [1, 2, N] left/right
Analysed Analysis(GraphBuilder& graph, const Value& audio, const ModelConfig& config);

}  // namespace motet::exporter
