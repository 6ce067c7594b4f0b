// The residual blocks that every level of encoder and decoder is made of.
#pragma once

#include <string>

#include "graph/layers.h"
#include "model_config/model_config.h"

namespace motet::exporter {

// y[t] = x[t - lookahead] + project(gelu(expand(norm(depthwise(x)))))[t]
Value Block(GraphBuilder& graph, const std::string& name, const Value& x, int64_t width,
            int64_t lookahead);

// `<level_name>.blocks.0`, `.1`, … in turn.
Value Blocks(GraphBuilder& graph, const std::string& level_name, const Value& x,
             const LevelConfig& level);

}  // namespace motet::exporter
