#include "graph/graph_builder.h"

#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>

#include <stdexcept>

namespace motet::exporter {
namespace {

// Opset 17 brings LayerNormalization; ONNX Runtime 1.14 and newer read it and IR version 8.
constexpr int kOpset = 17;
constexpr int kIrVersion = 8;

onnx::TensorProto::DataType DataType(GraphBuilder::Type type) {
  return type == GraphBuilder::Type::kFloat ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64;
}

void Describe(onnx::ValueInfoProto* info, const std::string& name, GraphBuilder::Type type,
              const std::vector<Extent>& shape) {
  info->set_name(name);
  auto* tensor = info->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(DataType(type));
  for (const Extent& extent : shape) {
    auto* dim = tensor->mutable_shape()->add_dim();
    if (const auto* number = std::get_if<int64_t>(&extent)) {
      dim->set_dim_value(*number);
    } else {
      dim->set_dim_param(std::get<std::string>(extent));
    }
  }
}

template <typename T>
std::string Raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

GraphBuilder::GraphBuilder(const std::string& name, const Weights& weights) : weights_(weights) {
  graph_.set_name(name);
}

Value GraphBuilder::Input(const std::string& name, Type type, const std::vector<Extent>& shape) {
  if (!names_.emplace(name, -1).second) throw std::logic_error("two values are named " + name);
  Describe(graph_.add_input(), name, type, shape);
  return name;
}

void GraphBuilder::Output(const Value& value, Type type, const std::vector<Extent>& shape) {
  if (!names_.contains(value)) throw std::logic_error("nothing makes the output " + value);
  Describe(graph_.add_output(), value, type, shape);
}

const Weight& GraphBuilder::TrainedWeight(const std::string& name) const {
  const auto found = weights_.find(name);
  if (found == weights_.end()) throw std::logic_error("no trained weight is named " + name);
  return found->second;
}

Value GraphBuilder::Initializer(const std::string& name) {
  const Weight& weight = TrainedWeight(name);
  return Constant(name, weight.shape, weight.values);
}

template <typename T>
Value GraphBuilder::NewConstant(const std::string& name, Type type,
                                const std::vector<int64_t>& shape, const std::vector<T>& values) {
  if (onnx::TensorProto* tensor = NewInitializer(name, shape)) {
    tensor->set_data_type(DataType(type));
    tensor->set_raw_data(Raw(values));
  } else if (graph_.initializer(names_.at(name)).raw_data() != Raw(values)) {
    throw std::logic_error("two constants are named " + name);
  }
  return name;
}

Value GraphBuilder::Constant(const std::string& name, const std::vector<int64_t>& shape,
                             const std::vector<float>& values) {
  return NewConstant(name, Type::kFloat, shape, values);
}

Value GraphBuilder::Integers(const std::string& name, const std::vector<int64_t>& shape,
                             const std::vector<int64_t>& values) {
  return NewConstant(name, Type::kInt64, shape, values);
}

Value GraphBuilder::Integers(const std::vector<int64_t>& values) {
  std::string name = "integers";
  for (const int64_t value : values) name += "." + std::to_string(value);
  return Integers(name, {static_cast<int64_t>(values.size())}, values);
}

Value GraphBuilder::Integer(int64_t value) {
  return Integers("integer." + std::to_string(value), {}, {value});
}

onnx::TensorProto* GraphBuilder::NewInitializer(const std::string& name,
                                                const std::vector<int64_t>& shape) {
  const auto [place, inserted] = names_.emplace(name, graph_.initializer_size());
  if (!inserted && place->second < 0) throw std::logic_error("two values are named " + name);
  if (!inserted) return nullptr;
  onnx::TensorProto* tensor = graph_.add_initializer();
  tensor->set_name(name);
  for (const int64_t extent : shape) tensor->add_dims(extent);
  return tensor;
}

void GraphBuilder::NewOutput(onnx::NodeProto* node, const std::string& name) {
  if (!names_.emplace(name, -1).second) throw std::logic_error("two values are named " + name);
  node->add_output(name);
}

onnx::NodeProto* GraphBuilder::NewNode(const std::string& op, const std::string& name,
                                       const std::vector<Value>& inputs,
                                       const std::vector<Attribute>& attributes) {
  onnx::NodeProto* node = graph_.add_node();
  node->set_op_type(op);
  node->set_name(name);
  for (const Value& input : inputs) {
    if (!names_.contains(input)) throw std::logic_error("nothing makes " + input + " for " + name);
    node->add_input(input);
  }
  NewOutput(node, name);
  for (const Attribute& attribute : attributes) {
    onnx::AttributeProto* proto = node->add_attribute();
    proto->set_name(attribute.name);
    if (const auto* number = std::get_if<int64_t>(&attribute.value)) {
      proto->set_type(onnx::AttributeProto::INT);
      proto->set_i(*number);
    } else if (const auto* real = std::get_if<float>(&attribute.value)) {
      proto->set_type(onnx::AttributeProto::FLOAT);
      proto->set_f(*real);
    } else {
      proto->set_type(onnx::AttributeProto::INTS);
      for (const int64_t value : std::get<std::vector<int64_t>>(attribute.value)) {
        proto->add_ints(value);
      }
    }
  }
  return node;
}

Value GraphBuilder::Node(const std::string& op, const std::string& name,
                         const std::vector<Value>& inputs,
                         const std::vector<Attribute>& attributes) {
  NewNode(op, name, inputs, attributes);
  return name;
}

std::pair<Value, Value> GraphBuilder::NodeOfTwo(const std::string& op, const std::string& name,
                                                const std::string& second,
                                                const std::vector<Value>& inputs,
                                                const std::vector<Attribute>& attributes) {
  NewOutput(NewNode(op, name, inputs, attributes), second);
  return {name, second};
}

onnx::ModelProto GraphBuilder::Finish(const std::map<std::string, std::string>& metadata) const {
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("motet-export");
  auto* opset = model.add_opset_import();
  opset->set_domain("");
  opset->set_version(kOpset);
  *model.mutable_graph() = graph_;
  for (const auto& [key, value] : metadata) {
    auto* entry = model.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  try {
    onnx::checker::check_model(model);
    const onnx::ShapeInferenceOptions strict(/*check_type=*/true, /*strict_mode=*/1,
                                             /*data_prop=*/true);
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), strict);
  } catch (const std::exception& error) {
    throw std::runtime_error("ONNX graph " + graph_.name() + " is not valid: " + error.what());
  }
  return model;
}

}  // namespace motet::exporter
