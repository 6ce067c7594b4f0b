// The elementary layers of docs/ARCHITECTURE.md as ONNX nodes. Every activation is a matrix
// [frames, channels]. `name` is the layer's own name, which its nodes and initializers carry.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "graph/graph_builder.h"

namespace motet::exporter {

// x W^T + b; the bias may not exist.
Value Linear(GraphBuilder& graph, const std::string& name, const Value& x);

// Per frame over `channels`, without parameters.
Value Norm(GraphBuilder& graph, const std::string& name, const Value& x, int64_t channels);

Value Gelu(GraphBuilder& graph, const std::string& name, const Value& x);

// Causal depthwise convolution along time.
Value Depthwise(GraphBuilder& graph, const std::string& name, const Value& x, int64_t dilation = 1);

// y[t] = x[t - frames], zeros first, along the first dimension of a tensor of rank `rank`.
Value Delay(GraphBuilder& graph, const std::string& name, const Value& x, int64_t frames,
            int64_t rank = 2);

// Two frames side by side, then Linear; and Linear, then its row split into two frames.
Value Down(GraphBuilder& graph, const std::string& name, const Value& x);
Value Up(GraphBuilder& graph, const std::string& name, const Value& x);

// h (1 + g) + s with [g, s] = Linear(m).
Value Film(GraphBuilder& graph, const std::string& name, const Value& h, const Value& m);

// values[from, to) along `axis`; `to` may be negative, counted from the end.
Value Cut(GraphBuilder& graph, const std::string& name, const Value& x, int64_t axis, int64_t from,
          int64_t to);

Value Reshape(GraphBuilder& graph, const std::string& name, const Value& x,
              const std::vector<int64_t>& shape);

Value Cast(GraphBuilder& graph, const std::string& name, const Value& x, GraphBuilder::Type type);

// The largest `count` values of each row, falling, of equals that of the lower place first; and
// their places.
std::pair<Value, Value> TopK(GraphBuilder& graph, const std::string& name, const Value& x,
                             int64_t count);

// From left and right to mid and side and back (the matrix is its own inverse): x [2, N].
Value MidSide(GraphBuilder& graph, const std::string& name, const Value& x);

}  // namespace motet::exporter
