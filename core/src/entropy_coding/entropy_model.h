// How likely each code is, given those before it: the integer networks of docs/FORMAT.md, "Entropy
// coding".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arithmetic/kernels.h"
#include "entropy_coding/range_coder.h"
#include "model_config/model_config.h"
#include "model_file/tensor_file.h"
#include "model_file/weights.h"
#include "motet/status.h"

namespace motet::core {

inline constexpr size_t kAbsentCode = 256;  // a code of context that is not there

// A model file that asks for more inputs is refused.
inline constexpr size_t kMaxEntropyInputs = 975;  // such that sums stay below 2^24

// Whether a tensor of a model file is one of the entropy model.
inline bool IsEntropyTensor(std::string_view name) { return name.substr(0, 8) == "entropy."; }

// The network of one quantizer, in integers: the same weights come out on every machine.
// What a code of context adds to the hidden layer is computed once for each of its values, so that
// a prediction adds one row for each.
class EntropyModel {
 public:
  // For quantizer number `index`, which sees codes of the quantizers `context`. It points into
  // `weights`, which must live as long.
  static Result<EntropyModel> Create(Weights& weights, const EntropyConfig& entropy,
                                     const std::vector<LadderQuantizer>& quantizers, size_t index,
                                     const std::vector<size_t>& context);

  // What the codes of a place in the context add, width() values for each code (kAbsentCode has a
  // row, too), in 16 bits if they fit: one of the two is null.
  struct Rows {
    const int16_t* narrow = nullptr;
    const int32_t* wide = nullptr;
  };
  const Rows& RowsOf(size_t place) const { return rows_[place]; }
  size_t width() const { return width_; }

  // The rows of the codes that are seen.
  struct Context {
    size_t narrow_rows = 0;
    size_t wide_rows = 0;
    std::array<const int16_t*, kMaxEntropyInputs> narrow;
    std::array<const int32_t*, kMaxEntropyInputs> wide;
  };
  // Writes the weight of each of the 256 codes. Thread-safe.
  void Predict(const Context& context, CodeWeights* weights) const;

 private:
  EntropyModel() = default;

  const Kernels& kernels_ = BestKernels();
  size_t width_ = 0;  // of the hidden layer, filled up to a multiple of 64
  const int32_t* hidden_bias_ = nullptr;
  const int8_t* output_weight_ = nullptr;  // as `Kernels::logits` takes it
  const int32_t* output_bias_ = nullptr;
  std::vector<Rows> rows_;  // of the places in the context
};

// Whether the entropy model of a file is complete and right in every value. kModelMismatch or
// kCorrupt with the tensor at fault. To be called between BeginCheck and FinishCheck.
Status CheckEntropyModel(Weights& weights, const TensorFile& file, const ModelConfig& config,
                         const EntropyConfig& entropy, const std::string& name);

}  // namespace motet::core
