#include "weights.h"

#include <stdexcept>

#include "model/tensor_file.h"

namespace motet::exporter {
namespace {

// `weight` is null where there is none.
void Check(const std::string& name, const Weight* weight, const std::vector<int64_t>& shape) {
  if (weight == nullptr) {
    throw std::runtime_error("tensor " + name + " is missing, wanted shape " +
                             trainer::ShapeText(shape));
  }
  if (weight->shape != shape) {
    throw std::runtime_error("tensor " + name + " has shape " + trainer::ShapeText(weight->shape) +
                             ", wanted " + trainer::ShapeText(shape));
  }
}

}  // namespace

Weight& Find(Weights& weights, const std::string& name, const std::vector<int64_t>& shape) {
  const auto found = weights.find(name);
  Check(name, found == weights.end() ? nullptr : &found->second, shape);
  return found->second;
}

void CheckWeights(const Weights& weights, const TensorShapes& shapes) {
  for (const auto& [name, shape] : shapes) {
    const auto found = weights.find(name);
    Check(name, found == weights.end() ? nullptr : &found->second, shape);
  }
  for (const auto& [name, weight] : weights) {
    if (!shapes.contains(name)) {
      throw std::runtime_error("tensor " + name + " does not belong to this configuration");
    }
  }
}

}  // namespace motet::exporter
