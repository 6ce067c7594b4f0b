#include "graph/blocks.h"

namespace motet::exporter {

Value Block(GraphBuilder& graph, const std::string& name, const Value& x, int64_t width,
            int64_t lookahead) {
  const Value convolved = Depthwise(graph, name + ".depthwise", x);
  const Value u = Norm(graph, name + ".norm", convolved, width);
  const Value expanded = Gelu(graph, name + ".gelu", Linear(graph, name + ".expand", u));
  const Value projected = Linear(graph, name + ".project", expanded);
  return graph.Node("Add", name, {Delay(graph, name + ".delay", x, lookahead), projected});
}

Value Blocks(GraphBuilder& graph, const std::string& level_name, const Value& x,
             const LevelConfig& level) {
  Value h = x;
  for (size_t i = 0; i < level.lookahead.size(); ++i) {
    h = Block(graph, level_name + ".blocks." + std::to_string(i), h, level.width,
              level.lookahead[i]);
  }
  return h;
}

}  // namespace motet::exporter
