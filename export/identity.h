// What decoding depends on, as one number: streams and models that belong together have the same.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "weights.h"

namespace motet::exporter {

// 16 hexadecimal digits: FNV-1a (64 bits) over the configuration's compact dump with sorted keys,
// then, in the order of names, over name and float values of each tensor that the decoder reads
// (docs/FORMAT.md). `weights` before rounding to a smaller storage.
std::string Identity(const nlohmann::json& config, const Weights& weights);

}  // namespace motet::exporter
