// From the head's log-magnitudes and phases to the stereo waveform.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// y [T, 1028] -> [2, hop * T] left/right, one hop late. `tones` of EarlyToneSound, unless none
// (""), are added, and mid is brought to `levels` of ReadLevels, if the model has them.
Value Synthesis(GraphBuilder& graph, const Value& y, const Value& tones, const Value& levels,
                const ModelConfig& config);

}  // namespace motet::exporter
