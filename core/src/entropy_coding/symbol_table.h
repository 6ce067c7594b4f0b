// Tables of a model file that say how likely symbols are (docs/FORMAT.md, "Tones").
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "entropy_coding/range_coder.h"
#include "model_file/weights.h"
#include "motet/status.h"

namespace motet::core {

// The weights of each of `symbols`, context after context.
class SymbolTable {
 public:
  SymbolTable() = default;
  // From a tensor of the file called `file`, of contexts · symbols integers of 1…65535; there are
  // two symbols or more. kModelMismatch or kCorrupt with the tensor at fault.
  static Result<SymbolTable> Read(Weights& weights, const std::string& tensor, size_t contexts,
                                  size_t symbols, const std::string& file);

  SymbolWeights Of(size_t context) const {
    return {std::span(weights_.data() + context * symbols_, symbols_), sums_[context]};
  }

 private:
  size_t symbols_ = 0;
  std::vector<uint32_t> weights_;
  std::vector<Divisor> sums_;  // of the contexts
};

}  // namespace motet::core
