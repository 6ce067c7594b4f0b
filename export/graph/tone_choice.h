// The encoder's part of tones (docs/ARCHITECTURE.md, "Tones"): which spectral peaks a packet
// carries.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// audio [1, 2, N] left/right -> int64 [N / packet, 2 count], the tones' bytes of each packet.
Value PickTones(GraphBuilder& graph, const Value& audio, const ModelConfig& config);

}  // namespace motet::exporter
