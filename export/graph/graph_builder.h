// Builds one ONNX graph node by node, with the trained weights as initializers under their own
// names.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "weights.h"

namespace motet::exporter {

// A value in the graph (an input, an initializer or what a node makes) is known by its name.
using Value = std::string;

// An extent of a shape: a number, or the name of one that is known only when the graph runs.
using Extent = std::variant<int64_t, std::string>;

struct Attribute {
  std::string name;
  std::variant<int64_t, float, std::vector<int64_t>> value;
};

// Nodes are named like the layers of docs/ARCHITECTURE.md, and a node's first output has the node's
// name; few have another. A name given twice, or a weight that does not exist, is a
// std::logic_error.
class GraphBuilder {
 public:
  // `weights` must outlive the builder.
  GraphBuilder(const std::string& name, const Weights& weights);

  enum class Type { kFloat, kInt64 };
  Value Input(const std::string& name, Type type, const std::vector<Extent>& shape);
  // Makes `value` an output of the graph; its name is that of the node that makes it.
  void Output(const Value& value, Type type, const std::vector<Extent>& shape);

  const Weight& TrainedWeight(const std::string& name) const;
  // The trained weight of this name as an initializer, in its own shape.
  Value Initializer(const std::string& name);
  // Constants; one that is there already under this name is used again and must be equal.
  Value Constant(const std::string& name, const std::vector<int64_t>& shape,
                 const std::vector<float>& values);
  Value Scalar(const std::string& name, float value) { return Constant(name, {}, {value}); }
  Value Integers(const std::string& name, const std::vector<int64_t>& shape,
                 const std::vector<int64_t>& values);
  Value Integers(const std::vector<int64_t>& values);  // rank 1, named after its values
  Value Integer(int64_t value);                        // rank 0, the same

  Value Node(const std::string& op, const std::string& name, const std::vector<Value>& inputs,
             const std::vector<Attribute>& attributes = {});
  // A node with two outputs; the second is named `second`.
  std::pair<Value, Value> NodeOfTwo(const std::string& op, const std::string& name,
                                    const std::string& second, const std::vector<Value>& inputs,
                                    const std::vector<Attribute>& attributes = {});

  // The whole model: checked, with every shape inferred. `metadata` becomes its metadata
  // properties. Throws std::runtime_error if ONNX's own checker or shape inference objects.
  onnx::ModelProto Finish(const std::map<std::string, std::string>& metadata) const;

 private:
  onnx::NodeProto* NewNode(const std::string& op, const std::string& name,
                           const std::vector<Value>& inputs,
                           const std::vector<Attribute>& attributes);
  void NewOutput(onnx::NodeProto* node, const std::string& name);
  template <typename T>
  Value NewConstant(const std::string& name, Type type, const std::vector<int64_t>& shape,
                    const std::vector<T>& values);
  onnx::TensorProto* NewInitializer(const std::string& name, const std::vector<int64_t>& shape);

  const Weights& weights_;
  onnx::GraphProto graph_;
  std::map<std::string, int> names_;  // every value, and its initializer's index or -1
};

}  // namespace motet::exporter
