// How likely each code is, given those before it: the integer networks of docs/FORMAT.md, "Entropy
// coding".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "arithmetic/kernels.h"
#include "entropy_coding/range_coder.h"
#include "model_config/model_config.h"
#include "model_file/tensor_file.h"
#include "model_file/weights.h"
#include "motet/status.h"

namespace motet::core {

inline constexpr size_t kAbsentCode = 256;  // a code of context that is not there

// Whether a tensor of a model file is one of the entropy model.
inline bool IsEntropyTensor(std::string_view name) { return name.substr(0, 8) == "entropy."; }

// The network of one step of the ladder. Its tensors hold integers, and no sum reaches 2^24, so
// that floats are exact: the same weights come out on every machine, in whatever order it adds.
class EntropyModel {
 public:
  // For a step with `context` codes of context. It points into `weights`, which must live as long.
  static Result<EntropyModel> Create(Weights& weights, const EntropyConfig& entropy,
                                     const LadderStep& step, size_t context);

  // The embedding of a quantizer's code as a context; kAbsentCode is one, too.
  static Result<const float*> Embeddings(Weights& weights, const EntropyConfig& entropy,
                                         const LadderStep& step);

  // Inputs of `Predict`: embeddings of the context, one after another.
  size_t inputs() const { return inputs_; }
  // `x` holds inputs() values; writes the weight of each of the 256 codes. Thread-safe.
  void Predict(const float* x, CodeWeights* weights) const;

 private:
  EntropyModel() = default;

  const Kernels& kernels_ = BestKernels();
  size_t inputs_ = 0;
  size_t hidden_ = 0;
  const float* hidden_weight_ = nullptr;  // [inputs][hidden]
  const float* hidden_bias_ = nullptr;
  const float* output_weight_ = nullptr;  // [hidden][256]
  const float* output_bias_ = nullptr;
};

// A model file that asks for more inputs is refused.
inline constexpr size_t kMaxEntropyInputs = 975;  // such that sums stay below 2^24

// Whether the entropy model of a file is complete and right in every value. kModelMismatch or
// kCorrupt with the tensor at fault. To be called between BeginCheck and FinishCheck.
Status CheckEntropyModel(Weights& weights, const TensorFile& file, const ModelConfig& config,
                         const EntropyConfig& entropy, const std::string& name);

}  // namespace motet::core
