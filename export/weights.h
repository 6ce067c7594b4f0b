// The trained values of a network, by name, as float.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model_config/tensors.h"

namespace motet::exporter {

struct Weight {
  std::vector<int64_t> shape;
  std::vector<float> values;  // row-major
};

using Weights = std::map<std::string, Weight>;  // sorted: the identity hashes in the order of names

// The weight `name`. Throws std::runtime_error if it is missing or not of this shape.
Weight& Find(Weights& weights, const std::string& name, const std::vector<int64_t>& shape);

// Throws std::runtime_error naming the first tensor that is missing, of another shape, or unknown.
void CheckWeights(const Weights& weights, const TensorShapes& shapes);

}  // namespace motet::exporter
