// The trained values of a network, by name, as float.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace motet::exporter {

struct Weight {
  std::vector<int64_t> shape;
  std::vector<float> values;  // row-major
};

using Weights = std::map<std::string, Weight>;  // sorted: the identity hashes in the order of names

}  // namespace motet::exporter
