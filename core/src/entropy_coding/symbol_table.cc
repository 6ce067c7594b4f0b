#include "entropy_coding/symbol_table.h"

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

Result<SymbolTable> SymbolTable::Read(Weights& weights, const std::string& tensor, size_t contexts,
                                      size_t symbols, const std::string& file) {
  const size_t shape[] = {contexts * symbols};
  Buffer<float> values;
  if (Status status = weights.Read(tensor, shape, &values); !status.ok()) return status;
  SymbolTable table;
  table.symbols_ = symbols;
  table.weights_.resize(values.size());
  table.sums_.resize(contexts);
  for (size_t context = 0, i = 0; context < contexts; ++context) {
    uint32_t sum = 0;
    for (const size_t end = i + symbols; i < end; ++i) {
      const float value = values[i];
      if (!(value >= 1 && value <= kMaxWeight && value == std::trunc(value)))
        return NoWeight(file, tensor, value);
      sum += table.weights_[i] = static_cast<uint32_t>(value);
    }
    table.sums_[context] = Divisor(sum);
  }
  return table;
}

}  // namespace motet::core
