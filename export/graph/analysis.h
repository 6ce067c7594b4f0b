// From the stereo waveform to spectrum rows.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

struct Analysed {
  Value rows;      // [N / hop, 2 * window]: of mid and of side, companded
  Value spectrum;  // [2 N / hop, window]: before companding, of mid and of side in turn
};

// audio [1, 2, N] left/right
Analysed Analysis(GraphBuilder& graph, const Value& audio, const ModelConfig& config);

// mid_side [2, N] -> [2 N / hop, window]: what is transformed, each hop behind the one before, of
// mid and of side in turn. Starts from silence.
Value AnalysisFrames(GraphBuilder& graph, const std::string& name, const Value& mid_side,
                     const ModelConfig& config);

}  // namespace motet::exporter
