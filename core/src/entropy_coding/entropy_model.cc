#include "entropy_coding/entropy_model.h"

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "arithmetic/buffer.h"
#include "entropy_coding/coding_order.h"

namespace motet::core {
namespace {

constexpr size_t kCodes = 256;
constexpr float kMaxWeight = 127;
constexpr float kMaxBias = 1 << 20;

std::string NameOf(const LadderStep& step) { return "entropy." + step.name(); }

Result<const float*> Bias(Weights& weights, const std::string& name, size_t out) {
  const size_t shape[] = {out};
  return weights.Values(name + ".bias", shape);
}

Status TooLarge(const std::string& file, size_t found, size_t most) {
  return Status(StatusCode::kCorrupt, file + ": configuration: 'entropy.embedding' is " +
                                          std::to_string(found) + ", wanted at most " +
                                          std::to_string(most) + " with this ladder");
}

Status NoMemory(const std::string& file, const std::string& tensor) {
  return Status(StatusCode::kOutOfMemory, file + ": no memory for tensor '" + tensor + "'");
}

Status NoInteger(const std::string& file, const std::string& tensor, float found, float most) {
  const std::string range = std::to_string(static_cast<int>(most));
  return Status(StatusCode::kCorrupt, file + ": tensor '" + tensor + "' holds " +
                                          std::to_string(found) + ", wanted an integer from -" +
                                          range + " to " + range);
}

}  // namespace

Result<const float*> EntropyModel::Embeddings(Weights& weights, const EntropyConfig& entropy,
                                              const LadderStep& step) {
  const size_t shape[] = {kCodes + 1, static_cast<size_t>(entropy.embedding)};
  return weights.Values(NameOf(step) + ".embedding", shape);
}

Result<EntropyModel> EntropyModel::Create(Weights& weights, const EntropyConfig& entropy,
                                          const LadderStep& step, size_t context) {
  const std::string name = NameOf(step);
  EntropyModel model;
  model.inputs_ = context * static_cast<size_t>(entropy.embedding);
  model.hidden_ = static_cast<size_t>(entropy.hidden);
  Status status;
  const auto take = [&status](Result<const float*> values) -> const float* {
    if (values.ok()) return *values;
    if (status.ok()) status = values.status();
    return nullptr;
  };
  model.hidden_weight_ =
      take(weights.Transposed(name + ".hidden.weight", model.hidden_, model.inputs_));
  model.hidden_bias_ = take(Bias(weights, name + ".hidden", model.hidden_));
  model.output_weight_ = take(weights.Transposed(name + ".output.weight", kCodes, model.hidden_));
  model.output_bias_ = take(Bias(weights, name + ".output", kCodes));
  if (!status.ok()) return status;
  return model;
}

void EntropyModel::Predict(const float* x, CodeWeights* weights) const {
  std::array<float, EntropyConfig::kMaxHidden> h;
  std::array<float, kCodes> z;
  kernels_.affine(x, inputs_, hidden_weight_, hidden_bias_, h.data(), hidden_);
  kernels_.activate(h.data(), hidden_);
  kernels_.affine(h.data(), hidden_, output_weight_, output_bias_, z.data(), kCodes);
  weights->sum = kernels_.code_weights(z.data(), weights->weight.data());
}

Status CheckEntropyModel(Weights& weights, const TensorFile& file, const ModelConfig& config,
                         const EntropyConfig& entropy, const std::string& name) {
  const std::vector<LadderStep> ladder = config.ladder();
  const auto embedding = static_cast<size_t>(entropy.embedding);
  for (size_t i = 0; i < ladder.size(); ++i) {
    const size_t context = ContextSize(config, i);
    if (context * embedding > kMaxEntropyInputs) {
      return TooLarge(name, embedding, kMaxEntropyInputs / context);
    }
    if (const auto embeddings = EntropyModel::Embeddings(weights, entropy, ladder[i]);
        !embeddings.ok())
      return embeddings.status();
    if (const auto model = EntropyModel::Create(weights, entropy, ladder[i], context); !model.ok())
      return model.status();
  }
  Buffer<float> values;
  for (const auto& [tensor_name, tensor] : file.tensors()) {
    if (!IsEntropyTensor(tensor_name)) continue;
    if (!values.Allocate(tensor.size())) return NoMemory(name, tensor_name);
    (void)tensor.Decode(values.data());  // finite, as was seen above
    const float most = tensor.shape.size() == 1 ? kMaxBias : kMaxWeight;
    for (size_t i = 0; i < tensor.size(); ++i) {
      const float value = values.data()[i];
      if (std::abs(value) <= most && value == std::trunc(value)) continue;
      return NoInteger(name, tensor_name, value, most);
    }
  }
  return {};
}

}  // namespace motet::core
