// Residual vector quantizers: latent to codes in the encoder, codes to latent in the decoder.
#pragma once

#include <string>
#include <vector>

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// What the quantizers of one level did.
struct Quantized {
  std::vector<Value> codes;  // per quantizer, int64 [T]
  Value known;  // [T, D]: what the first `context` of them add up to, for the next level
};

// z [T, D] of a level, through all of its quantizers.
Quantized Quantize(GraphBuilder& graph, Level level, const Value& z, const ModelConfig& config);

// The sum of what the codes of a level stand for: [T, D]. Code `entries` (256) means absent and
// adds nothing.
Value Dequantize(GraphBuilder& graph, Level level, const std::vector<Value>& codes,
                 const ModelConfig& config);

// Codes of all quantizers [level][i], each [T] -> packets [P, bytes] in the order of the ladder,
// and back. `tones` are the bytes of the tones, [P, TonesConfig::bytes()], if the model has tones;
// likewise `levels` those of the levels of bands.
using LevelCodes = std::array<std::vector<Value>, kLevels>;
Value ToPackets(GraphBuilder& graph, const LevelCodes& codes, const Value& tones,
                const Value& levels, const ModelConfig& config);
LevelCodes FromPackets(GraphBuilder& graph, const Value& packets, const ModelConfig& config);

// Bytes of a packet of the highest quality: 28, and those of tones and of levels of bands.
int64_t RowBytes(const ModelConfig& config);

}  // namespace motet::exporter
