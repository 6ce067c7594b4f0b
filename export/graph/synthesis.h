// From the head's log-magnitudes and phases to the stereo waveform.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// y [T, 1028] -> [2, hop * T] left/right, one hop late. `bands` of ReadLevels and `tones` of
// TonePowers, if the model has them, say what the magnitudes of mid are brought to.
Value Synthesis(GraphBuilder& graph, const Value& y, const Value& bands, const Value& tones,
                const ModelConfig& config);

}  // namespace motet::exporter
