#include "graph/layers.h"

#include <limits>
#include <numbers>

namespace motet::exporter {
namespace {

constexpr float kNormEpsilon = 1e-5F;

int64_t Rows(GraphBuilder& graph, const std::string& name) {
  return graph.TrainedWeight(name + ".weight").shape[0];
}

// Named `name` when it is the layer's result, else after its part in it.
Value Gemm(GraphBuilder& graph, const std::string& node, const std::string& layer, const Value& x,
           bool bias) {
  std::vector<Value> inputs = {x, graph.Initializer(layer + ".weight")};
  if (bias) inputs.push_back(graph.Initializer(layer + ".bias"));
  return graph.Node("Gemm", node, inputs, {{"transB", int64_t{1}}});
}

}  // namespace

Value Linear(GraphBuilder& graph, const std::string& name, const Value& x) {
  return Gemm(graph, name, name, x, true);
}

Value Norm(GraphBuilder& graph, const std::string& name, const Value& x, int64_t channels) {
  const Value ones = graph.Constant("ones." + std::to_string(channels), {channels},
                                    std::vector<float>(static_cast<size_t>(channels), 1.0F));
  return graph.Node("LayerNormalization", name, {x, ones},
                    {{"axis", int64_t{-1}}, {"epsilon", kNormEpsilon}});
}

// In the order of operations that ONNX Runtime knows as one Gelu.
Value Gelu(GraphBuilder& graph, const std::string& name, const Value& x) {
  const Value scaled =
      graph.Node("Div", name + ".scaled", {x, graph.Scalar("sqrt2", std::numbers::sqrt2_v<float>)});
  const Value erf = graph.Node("Erf", name + ".erf", {scaled});
  const Value sum = graph.Node("Add", name + ".sum", {erf, graph.Scalar("one", 1)});
  const Value product = graph.Node("Mul", name + ".product", {x, sum});
  return graph.Node("Mul", name, {product, graph.Scalar("half", 0.5F)});
}

Value Depthwise(GraphBuilder& graph, const std::string& name, const Value& x, int64_t dilation) {
  const Weight& weight = graph.TrainedWeight(name + ".weight");
  const int64_t kernel = weight.shape[0];
  const int64_t channels = weight.shape[1];
  // Conv wants [channels, 1, kernel] where the model has [kernel, channels].
  std::vector<float> transposed;
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t j = 0; j < kernel; ++j) {
      transposed.push_back(weight.values[static_cast<size_t>(j * channels + c)]);
    }
  }
  const Value batch = graph.Node("Unsqueeze", name + ".batch", {x, graph.Integers({0})});
  const Value columns = graph.Node("Transpose", name + ".columns", {batch},
                                   {{"perm", std::vector<int64_t>{0, 2, 1}}});
  const Value convolved =
      graph.Node("Conv", name + ".convolution",
                 {columns, graph.Constant(name + ".weight", {channels, 1, kernel}, transposed),
                  graph.Initializer(name + ".bias")},
                 {{"group", channels},
                  {"kernel_shape", std::vector<int64_t>{kernel}},
                  {"dilations", std::vector<int64_t>{dilation}},
                  {"pads", std::vector<int64_t>{(kernel - 1) * dilation, 0}}});
  const Value rows = graph.Node("Transpose", name + ".rows", {convolved},
                                {{"perm", std::vector<int64_t>{0, 2, 1}}});
  return graph.Node("Squeeze", name, {rows, graph.Integers({0})});
}

Value Delay(GraphBuilder& graph, const std::string& name, const Value& x, int64_t frames,
            int64_t rank) {
  if (frames == 0) return x;
  std::vector<int64_t> pads(static_cast<size_t>(2 * rank), 0);
  pads[0] = frames;
  const Value padded = graph.Node("Pad", name + ".padded", {x, graph.Integers(pads)});
  return Cut(graph, name, padded, 0, 0, -frames);
}

Value Down(GraphBuilder& graph, const std::string& name, const Value& x) {
  const int64_t pair = graph.TrainedWeight(name + ".weight").shape[1];
  return Linear(graph, name, Reshape(graph, name + ".pairs", x, {-1, pair}));
}

Value Up(GraphBuilder& graph, const std::string& name, const Value& x) {
  const int64_t pair = Rows(graph, name);
  return Reshape(graph, name, Gemm(graph, name + ".pairs", name, x, true), {-1, pair / 2});
}

Value Film(GraphBuilder& graph, const std::string& name, const Value& h, const Value& m) {
  const int64_t channels = Rows(graph, name) / 2;
  const Value both = Gemm(graph, name + ".both", name, m, true);
  const Value gain = Cut(graph, name + ".gain", both, 1, 0, channels);
  const Value shift = Cut(graph, name + ".shift", both, 1, channels, 2 * channels);
  const Value factor = graph.Node("Add", name + ".factor", {gain, graph.Scalar("one", 1)});
  const Value scaled = graph.Node("Mul", name + ".scaled", {h, factor});
  return graph.Node("Add", name, {scaled, shift});
}

Value Cut(GraphBuilder& graph, const std::string& name, const Value& x, int64_t axis, int64_t from,
          int64_t to) {
  return graph.Node("Slice", name,
                    {x, graph.Integers({from}), graph.Integers({to}), graph.Integers({axis})});
}

Value Reshape(GraphBuilder& graph, const std::string& name, const Value& x,
              const std::vector<int64_t>& shape) {
  return graph.Node("Reshape", name, {x, graph.Integers(shape)});
}

Value Cast(GraphBuilder& graph, const std::string& name, const Value& x, GraphBuilder::Type type) {
  const int64_t to =
      type == GraphBuilder::Type::kFloat ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64;
  return graph.Node("Cast", name, {x}, {{"to", to}});
}

std::pair<Value, Value> TopK(GraphBuilder& graph, const std::string& name, const Value& x,
                             int64_t count) {
  return graph.NodeOfTwo("TopK", name, name + ".places", {x, graph.Integers({count})});
}

Value MidSide(GraphBuilder& graph, const std::string& name, const Value& x) {
  const Value first = Cut(graph, name + ".first", x, 0, 0, 1);
  const Value second = Cut(graph, name + ".second", x, 0, 1, 2);
  const Value sum = graph.Node("Add", name + ".sum", {first, second});
  const Value difference = graph.Node("Sub", name + ".difference", {first, second});
  const Value both =
      graph.Node("Concat", name + ".both", {sum, difference}, {{"axis", int64_t{0}}});
  const float half = 1 / std::numbers::sqrt2_v<float>;
  return graph.Node("Mul", name, {both, graph.Scalar("sqrt_half", half)});
}

}  // namespace motet::exporter
