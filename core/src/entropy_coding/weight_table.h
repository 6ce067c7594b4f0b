// Tables of a model file that say how likely symbols are (docs/FORMAT.md, "Tones").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model_file/weights.h"
#include "motet/status.h"

namespace motet::core {

// Appends to `table` the `size` integers of 1…65535 of a tensor of the file called `file`:
// kModelMismatch or kCorrupt with the tensor at fault.
Status ReadWeightTable(Weights& weights, const std::string& tensor, size_t size,
                       const std::string& file, std::vector<uint32_t>* table);

}  // namespace motet::core
