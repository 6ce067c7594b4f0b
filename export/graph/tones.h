// The decoder's part of tones (docs/ARCHITECTURE.md, "Tones"): from bytes of packets to what the
// network is told and to sound; and the waves that both graphs compute. The cosines of all lines
// and times would be a large tensor in the file. They come from a table of one turn instead, from
// constants alone, so that a runtime computes them once, when it loads the graph.
#pragma once

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// packets int64 [P, bytes] -> int64 [P, lines]: 1 + level + 32 * place of each line, 0 where there
// is no tone. Bytes that no encoder writes are read as the architecture page says; where they are
// absent (256), there is no tone.
Value ReadTones(GraphBuilder& graph, const Value& packets, const ModelConfig& config);

// Of those, TonesConfig::side(): float [P, lines]; none ("") where all are in the middle.
Value ToneSides(GraphBuilder& graph, const Value& tones, const ModelConfig& config);

// Of those, and their sides, what the decoder's network is told: float [P, TonesConfig::row()].
Value ToneRows(GraphBuilder& graph, const Value& tones, const Value& sides,
               const ModelConfig& config);

// Likewise, what is added to left and to right: float [P * packet] or, with pans, [2, P * packet];
// delayed.
Value ToneSound(GraphBuilder& graph, const Value& tones, const Value& sides,
                const ModelConfig& config);

// Likewise, what is added to mid and to side, for the synthesis, which delays it by one hop more:
// [2, P * packet], so much earlier.
Value EarlyToneSound(GraphBuilder& graph, const Value& tones, const Value& sides,
                     const ModelConfig& config);

// Samples of a tone's window: two packets.
int64_t ToneWindow(const ModelConfig& config);
// int64: from, from + 1, ... to - 1.
Value Range(GraphBuilder& graph, const std::string& name, int64_t from, int64_t to);
// The cosine of each angle, given as int64 in samples of a window, which is one turn.
Value Cosines(GraphBuilder& graph, const std::string& name, const Value& angles,
              const ModelConfig& config);
// The periodic Hann window times `gain`, [window].
Value HannWindow(GraphBuilder& graph, float gain, const ModelConfig& config);

}  // namespace motet::exporter
