#include "entropy_coding/entropy_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "arithmetic/buffer.h"
#include "entropy_coding/coding_order.h"
#include "entropy_coding/tone_coder.h"

namespace motet::core {
namespace {

constexpr size_t kCodes = 256;
constexpr size_t kRows = kAbsentCode + 1;  // of a place in the context
constexpr float kMaxWeight = 127;
constexpr float kMaxBias = 1 << 20;

std::string NameOf(const LadderStep& step) { return "entropy." + step.name(); }

// The tensors of a step's network, as they are in the file.
struct Tensors {
  Status Read(Weights& weights, const EntropyConfig& entropy, const LadderStep& step,
              size_t context) {
    const std::string name = NameOf(step);
    const auto hidden = static_cast<size_t>(entropy.hidden);
    const size_t inputs = context * static_cast<size_t>(entropy.embedding);
    const size_t shapes[][2] = {{hidden, inputs}, {hidden, 1}, {kCodes, hidden}, {kCodes, 1}};
    const char* const names[] = {".hidden.weight", ".hidden.bias", ".output.weight",
                                 ".output.bias"};
    Buffer<float>* const values[] = {&hidden_weight, &hidden_bias, &output_weight, &output_bias};
    for (size_t i = 0; i < 4; ++i) {
      const std::span shape(shapes[i], i % 2 == 0 ? 2 : 1);
      if (Status status = weights.Read(name + names[i], shape, values[i]); !status.ok())
        return status;
    }
    return {};
  }
  Buffer<float> hidden_weight;
  Buffer<float> hidden_bias;
  Buffer<float> output_weight;
  Buffer<float> output_bias;
};

Status ReadEmbeddings(Weights& weights, const EntropyConfig& entropy, const LadderStep& step,
                      Buffer<float>* values) {
  const size_t shape[] = {kRows, static_cast<size_t>(entropy.embedding)};
  return weights.Read(NameOf(step) + ".embedding", shape, values);
}

// A step's network in memory: where the rows of each place begin, biases, the output's weights, and
// the rows.
struct Place {
  uint32_t begin;  // in bytes, from the beginning of the network
  uint32_t wide;   // whether its rows have 32 bits
};

constexpr size_t Aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

struct Layout {
  Layout(size_t places, size_t width)
      : hidden_bias(Aligned(places * sizeof(Place))),
        output_bias(hidden_bias + width * sizeof(int32_t)),
        output_weight(output_bias + kCodes * sizeof(int32_t)),
        rows(output_weight + width * kCodes) {}
  size_t hidden_bias;
  size_t output_bias;
  size_t output_weight;
  size_t rows;
};

// What each code of one place in the context adds to the hidden layer; `weight` is [E][hidden].
// Gives the largest absolute value.
int32_t FillRows(const Buffer<float>& embeddings, const float* weight, size_t hidden, size_t width,
                 int32_t* rows) {
  const size_t embedding = embeddings.size() / kRows;
  std::array<float, EntropyConfig::kMaxHidden> sums;  // exact: far below 2^24
  float most = 0;
  for (size_t code = 0; code < kRows; ++code, rows += width) {
    sums.fill(0);
    for (size_t i = 0; i < embedding; ++i) {
      const float x = embeddings.data()[code * embedding + i];
      for (size_t j = 0; j < hidden; ++j) sums[j] += x * weight[i * hidden + j];
    }
    for (size_t j = 0; j < hidden; ++j) {
      rows[j] = static_cast<int32_t>(sums[j]);
      most = std::max(most, std::abs(sums[j]));
    }
  }
  return static_cast<int32_t>(most);
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

// A step's network as it is used.
Status Compute(Weights& weights, const EntropyConfig& entropy,
               const std::vector<LadderStep>& ladder, size_t step,
               const std::vector<size_t>& context, size_t width, Buffer<uint8_t>* out) {
  const std::string name = NameOf(ladder[step]);
  const auto hidden = static_cast<size_t>(entropy.hidden);
  const auto embedding = static_cast<size_t>(entropy.embedding);
  const size_t inputs = context.size() * embedding;
  Tensors tensors;
  if (Status s = tensors.Read(weights, entropy, ladder[step], context.size()); !s.ok()) return s;
  Buffer<float> weight;  // of the hidden layer: [inputs][hidden]
  Buffer<int32_t> rows;
  if (!weight.Allocate(inputs * hidden) || !rows.Allocate(context.size() * kRows * width))
    return NoMemory("model", name);
  for (size_t j = 0; j < hidden; ++j) {
    for (size_t i = 0; i < inputs; ++i)
      weight[i * hidden + j] = tensors.hidden_weight[j * inputs + i];
  }

  const Layout layout(context.size(), width);
  std::vector<Place> places;
  size_t end = layout.rows;
  for (size_t i = 0; i < context.size(); ++i) {
    Buffer<float> embeddings;
    if (Status s = ReadEmbeddings(weights, entropy, ladder[context[i]], &embeddings); !s.ok())
      return s;
    const int32_t most = FillRows(embeddings, weight.data() + i * embedding * hidden, hidden, width,
                                  rows.data() + i * kRows * width);
    const bool wide = most > std::numeric_limits<int16_t>::max();
    places.push_back({.begin = static_cast<uint32_t>(end), .wide = wide ? 1u : 0u});
    end += kRows * width * (wide ? sizeof(int32_t) : sizeof(int16_t));
  }
  if (!out->Allocate(end)) return NoMemory("model", name);
  uint8_t* const bytes = out->data();
  std::memcpy(bytes, places.data(), places.size() * sizeof(Place));
  auto* const hidden_bias = reinterpret_cast<int32_t*>(bytes + layout.hidden_bias);
  for (size_t j = 0; j < hidden; ++j) hidden_bias[j] = static_cast<int32_t>(tensors.hidden_bias[j]);
  auto* const output_bias = reinterpret_cast<int32_t*>(bytes + layout.output_bias);
  auto* const output_weight = reinterpret_cast<int8_t*>(bytes + layout.output_weight);
  for (size_t k = 0; k < kCodes; ++k) {
    output_bias[k] = static_cast<int32_t>(tensors.output_bias[k]);
    for (size_t j = 0; j < hidden; ++j) {
      output_weight[(j / 4 * kCodes + k) * 4 + j % 4] =
          static_cast<int8_t>(tensors.output_weight[k * hidden + j]);
    }
  }
  for (size_t i = 0; i < places.size(); ++i) {
    const int32_t* const from = rows.data() + i * kRows * width;
    uint8_t* const to = bytes + places[i].begin;
    if (places[i].wide != 0) {
      std::memcpy(to, from, kRows * width * sizeof(int32_t));
    } else {
      std::copy_n(from, kRows * width, reinterpret_cast<int16_t*>(to));
    }
  }
  return {};
}

}  // namespace

Result<EntropyModel> EntropyModel::Create(Weights& weights, const EntropyConfig& entropy,
                                          const std::vector<LadderStep>& ladder, size_t step,
                                          const std::vector<size_t>& context) {
  const size_t width = (static_cast<size_t>(entropy.hidden) + 63) / 64 * 64;
  const Layout layout(context.size(), width);
  const Result<const uint8_t*> bytes =
      weights.ComputedBytes(NameOf(ladder[step]), [&](Buffer<uint8_t>* out) {
        return Compute(weights, entropy, ladder, step, context, width, out);
      });
  if (!bytes.ok()) return bytes.status();
  EntropyModel model;
  model.width_ = width;
  model.bytes_ = *bytes;
  model.hidden_bias_ = reinterpret_cast<const int32_t*>(*bytes + layout.hidden_bias);
  model.output_bias_ = reinterpret_cast<const int32_t*>(*bytes + layout.output_bias);
  model.output_weight_ = reinterpret_cast<const int8_t*>(*bytes + layout.output_weight);
  return model;
}

EntropyModel::Rows EntropyModel::RowsOf(size_t place) const {
  const Place& found = reinterpret_cast<const Place*>(bytes_)[place];
  const uint8_t* const rows = bytes_ + found.begin;
  if (found.wide != 0) return {.narrow = nullptr, .wide = reinterpret_cast<const int32_t*>(rows)};
  return {.narrow = reinterpret_cast<const int16_t*>(rows), .wide = nullptr};
}

void EntropyModel::Predict(const Context& context, CodeWeights* weights) const {
  std::array<uint8_t, EntropyConfig::kMaxHidden> h;
  std::array<int32_t, kCodes> z;
  kernels_.hidden(context.narrow.data(), context.narrow_rows, context.wide.data(),
                  context.wide_rows, hidden_bias_, width_, h.data());
  kernels_.logits(h.data(), width_, output_weight_, output_bias_, z.data());
  weights->sum = kernels_.code_weights(z.data(), weights->weight.data());
}

Status CheckEntropyModel(Weights& weights, const TensorFile& file, const ModelConfig& config,
                         const EntropyConfig& entropy, const std::string& name) {
  const std::vector<LadderStep> ladder = config.ladder();
  const auto embedding = static_cast<size_t>(entropy.embedding);
  for (size_t i = 0; i < ladder.size(); ++i) {
    const size_t context = ContextSteps(config, i).size();
    if (context * embedding > kMaxEntropyInputs) {
      return TooLarge(name, embedding, kMaxEntropyInputs / context);
    }
    Buffer<float> embeddings;
    Tensors tensors;
    if (Status s = ReadEmbeddings(weights, entropy, ladder[i], &embeddings); !s.ok()) return s;
    if (Status s = tensors.Read(weights, entropy, ladder[i], context); !s.ok()) return s;
  }
  if (config.tones) {
    if (const auto tones = ToneCoder::Create(weights, *config.tones, name); !tones.ok())
      return tones.status();
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
