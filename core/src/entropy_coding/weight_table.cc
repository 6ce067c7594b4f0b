#include "entropy_coding/weight_table.h"

#include <cmath>

#include "model_config/parse.h"

namespace motet::core {
namespace {

constexpr float kMaxWeight = 65535;

Status NoWeight(const std::string& file, const std::string& tensor, float found) {
  return Status(StatusCode::kCorrupt, file + ": tensor '" + tensor + "' holds " +
                                          NumberText(found) +
                                          ", wanted an integer from 1 to 65535");
}

}  // namespace

Status ReadWeightTable(Weights& weights, const std::string& tensor, size_t size,
                       const std::string& file, std::vector<uint32_t>* table) {
  const size_t shape[] = {size};
  Buffer<float> values;
  if (Status status = weights.Read(tensor, shape, &values); !status.ok()) return status;
  for (size_t i = 0; i < size; ++i) {
    const float value = values[i];
    if (!(value >= 1 && value <= kMaxWeight && value == std::trunc(value)))
      return NoWeight(file, tensor, value);
    table->push_back(static_cast<uint32_t>(value));
  }
  return {};
}

}  // namespace motet::core
