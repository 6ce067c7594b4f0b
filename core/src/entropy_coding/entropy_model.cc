#include "entropy_coding/entropy_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "arithmetic/buffer.h"
#include "entropy_coding/band_coder.h"
#include "entropy_coding/coding_order.h"
#include "entropy_coding/tone_coder.h"
#include "model_config/parse.h"

namespace motet::core {
namespace {

constexpr size_t kCodes = 256;
constexpr size_t kRows = kAbsentCode + 1;  // of a place in the context
constexpr float kMaxWeight = 127;
constexpr float kMaxBias = 1 << 20;

std::string NameOf(const LadderQuantizer& quantizer) { return "entropy." + quantizer.name(); }

// The tensors of a quantizer's network, as they are in the file.
struct Tensors {
  // Calls `visit` with the name, the shape and the place of each.
  template <typename Visitor>
  Status Visit(const EntropyConfig& entropy, const LadderQuantizer& quantizer, size_t context,
               const Visitor& visit) {
    const std::string name = NameOf(quantizer);
    const auto hidden = static_cast<size_t>(entropy.hidden);
    const size_t inputs = context * static_cast<size_t>(entropy.embedding);
    const size_t shapes[][2] = {{hidden, inputs}, {hidden, 1}, {kCodes, hidden}, {kCodes, 1}};
    const char* const names[] = {".hidden.weight", ".hidden.bias", ".output.weight",
                                 ".output.bias"};
    Buffer<float>* const values[] = {&hidden_weight, &hidden_bias, &output_weight, &output_bias};
    for (size_t i = 0; i < 4; ++i) {
      const std::span shape(shapes[i], i % 2 == 0 ? 2 : 1);
      if (Status status = visit(name + names[i], shape, values[i]); !status.ok()) return status;
    }
    return {};
  }
  Buffer<float> hidden_weight;
  Buffer<float> hidden_bias;
  Buffer<float> output_weight;
  Buffer<float> output_bias;
};

std::string EmbeddingName(const LadderQuantizer& quantizer) {
  return NameOf(quantizer) + ".embedding";
}

std::array<size_t, 2> EmbeddingShape(const EntropyConfig& entropy) {
  return {kRows, static_cast<size_t>(entropy.embedding)};
}

// A network in memory: biases and the output's weights.
struct Layout {
  explicit Layout(size_t width)
      : output_bias(width * sizeof(int32_t)),
        output_weight(output_bias + kCodes * sizeof(int32_t)),
        size(output_weight + width * kCodes) {}
  size_t output_bias;
  size_t output_weight;
  size_t size;
};

// Before the rows of a place in the context: whether they have 32 bits, not 16. Rows begin at a
// cache line.
constexpr size_t kRowsBegin = 64;

Status TooLarge(const std::string& file, size_t found, size_t most) {
  return Status(StatusCode::kCorrupt, file + ": configuration: 'entropy.embedding' is " +
                                          std::to_string(found) + ", wanted at most " +
                                          std::to_string(most) + " with these quantizers");
}

Status NoMemory(const std::string& file, const std::string& tensor) {
  return Status(StatusCode::kOutOfMemory, file + ": no memory for tensor '" + tensor + "'");
}

Status NoInteger(const std::string& file, const std::string& tensor, float found, float most) {
  const std::string range = std::to_string(static_cast<int>(most));
  return Status(StatusCode::kCorrupt, file + ": tensor '" + tensor + "' holds " +
                                          NumberText(found) + ", wanted an integer from -" + range +
                                          " to " + range);
}

// Makes the networks of quantizers as they are used.
class Maker {
 public:
  Maker(Weights& weights, const EntropyConfig& entropy,
        const std::vector<LadderQuantizer>& quantizers, size_t index,
        const std::vector<size_t>& context, size_t width)
      : weights_(weights),
        entropy_(entropy),
        quantizers_(quantizers),
        index_(index),
        context_(context),
        width_(width) {}

  // Biases and the output's weights, as `Layout` says.
  Status Network(Buffer<uint8_t>* out) {
    if (Status status = ReadTensors(); !status.ok()) return status;
    const Layout layout(width_);
    if (!out->Allocate(layout.size)) return NoMemory("model", NameOf(quantizers_[index_]));
    const auto hidden = static_cast<size_t>(entropy_.hidden);
    auto* const hidden_bias = reinterpret_cast<int32_t*>(out->data());
    std::copy_n(tensors_.hidden_bias.data(), hidden, hidden_bias);
    auto* const output_bias = reinterpret_cast<int32_t*>(out->data() + layout.output_bias);
    std::copy_n(tensors_.output_bias.data(), kCodes, output_bias);
    auto* const output_weight = reinterpret_cast<int8_t*>(out->data() + layout.output_weight);
    for (size_t k = 0; k < kCodes; ++k) {
      const float* const from = tensors_.output_weight.data() + k * hidden;
      for (size_t j = 0; j < hidden; ++j)
        output_weight[(j / 4 * kCodes + k) * 4 + j % 4] = static_cast<int8_t>(from[j]);
    }
    return {};
  }

  // What each code of one place in the context adds to the hidden layer.
  Status Rows(size_t place, Buffer<uint8_t>* out) {
    if (Status status = ReadTensors(); !status.ok()) return status;
    const LadderQuantizer& seen = quantizers_[context_[place]];
    Buffer<float> embeddings;
    Status status = weights_.Read(EmbeddingName(seen), EmbeddingShape(entropy_), &embeddings);
    if (!status.ok()) return status;
    const auto dim = static_cast<size_t>(entropy_.embedding);
    const int32_t most = kernels_.code_rows(
        embeddings.data(), kRows, dim, weight_.data() + place * dim * width_, width_, rows_.data());
    const bool wide = most > std::numeric_limits<int16_t>::max();
    const size_t bytes = rows_.size() * (wide ? sizeof(int32_t) : sizeof(int16_t));
    if (!out->AllocateForOverwrite(kRowsBegin + bytes)) return NoMemory("model", NameOf(seen));
    *out->data() = wide ? 1 : 0;
    uint8_t* const to = out->data() + kRowsBegin;
    if (wide) {
      std::memcpy(to, rows_.data(), bytes);
    } else {
      kernels_.narrow(rows_.data(), reinterpret_cast<int16_t*>(to), rows_.size());
    }
    return {};
  }

 private:
  // Once for all that is made of them.
  Status ReadTensors() {
    if (!rows_.empty()) return {};
    Status status =
        tensors_.Visit(entropy_, quantizers_[index_], context_.size(),
                       [&](const std::string& tensor, std::span<const size_t> shape,
                           Buffer<float>* values) { return weights_.Read(tensor, shape, values); });
    if (!status.ok()) return status;
    const auto hidden = static_cast<size_t>(entropy_.hidden);
    const size_t inputs = context_.size() * static_cast<size_t>(entropy_.embedding);
    if (!weight_.Allocate(inputs * width_) || !rows_.AllocateForOverwrite(kRows * width_))
      return NoMemory("model", NameOf(quantizers_[index_]));
    for (size_t j = 0; j < hidden; ++j) {
      const float* const from = tensors_.hidden_weight.data() + j * inputs;
      for (size_t i = 0; i < inputs; ++i) weight_[i * width_ + j] = from[i];
    }
    return {};
  }

  Weights& weights_;
  const EntropyConfig& entropy_;
  const std::vector<LadderQuantizer>& quantizers_;
  const size_t index_;
  const std::vector<size_t>& context_;
  const size_t width_;
  const Kernels& kernels_ = BestKernels();
  Tensors tensors_;
  Buffer<float> weight_;  // of the hidden layer: [inputs][width]
  Buffer<int32_t> rows_;  // [kRows][width], of one place after another
};

}  // namespace

Result<EntropyModel> EntropyModel::Create(Weights& weights, const EntropyConfig& entropy,
                                          const std::vector<LadderQuantizer>& quantizers,
                                          size_t index, const std::vector<size_t>& context) {
  EntropyModel model;
  model.width_ = (static_cast<size_t>(entropy.hidden) + 63) / 64 * 64;
  const std::string name = NameOf(quantizers[index]);
  Maker maker(weights, entropy, quantizers, index, context, model.width_);
  const Result<const uint8_t*> network =
      weights.ComputedBytes(name, [&](Buffer<uint8_t>* out) { return maker.Network(out); });
  if (!network.ok()) return network.status();
  const Layout layout(model.width_);
  model.hidden_bias_ = reinterpret_cast<const int32_t*>(*network);
  model.output_bias_ = reinterpret_cast<const int32_t*>(*network + layout.output_bias);
  model.output_weight_ = reinterpret_cast<const int8_t*>(*network + layout.output_weight);
  for (size_t place = 0; place < context.size(); ++place) {
    const Result<const uint8_t*> bytes =
        weights.ComputedBytes(name + " " + std::to_string(place),
                              [&](Buffer<uint8_t>* out) { return maker.Rows(place, out); });
    if (!bytes.ok()) return bytes.status();
    const uint8_t* const begin = *bytes + kRowsBegin;
    Rows& rows = model.rows_.emplace_back();
    if (**bytes != 0) {
      rows.wide = reinterpret_cast<const int32_t*>(begin);
    } else {
      rows.narrow = reinterpret_cast<const int16_t*>(begin);
    }
  }
  return model;
}

void EntropyModel::Predict(const Context& context, CodeWeights* weights) const {
  static_assert(EntropyConfig::kMaxHidden == kMaxHiddenWidth);
  std::array<uint8_t, kMaxHiddenWidth> h;
  std::array<int32_t, kCodes> z;
  kernels_.hidden(context.narrow.data(), context.narrow_rows, context.wide.data(),
                  context.wide_rows, hidden_bias_, width_, h.data());
  kernels_.logits(h.data(), width_, output_weight_, output_bias_, z.data());
  weights->sum = kernels_.code_weights(z.data(), weights->weight.data());
}

Status CheckEntropyModel(Weights& weights, const TensorFile& file, const ModelConfig& config,
                         const EntropyConfig& entropy, const std::string& name) {
  const std::vector<LadderQuantizer> quantizers = config.quantizers();
  const auto embedding = static_cast<size_t>(entropy.embedding);
  for (size_t i = 0; i < quantizers.size(); ++i) {
    const size_t context = ContextQuantizers(config, i).size();
    if (context * embedding > kMaxEntropyInputs) {
      return TooLarge(name, embedding, kMaxEntropyInputs / context);
    }
    Status status = weights.Check(EmbeddingName(quantizers[i]), EmbeddingShape(entropy));
    if (!status.ok()) return status;
    status = Tensors().Visit(entropy, quantizers[i], context,
                             [&](const std::string& tensor, std::span<const size_t> shape,
                                 Buffer<float>*) { return weights.Check(tensor, shape); });
    if (!status.ok()) return status;
  }
  if (config.tones) {
    if (const auto tones = ToneCoder::Create(weights, *config.tones, name); !tones.ok())
      return tones.status();
  }
  if (config.bands) {
    if (const auto bands = BandCoder::Create(weights, *config.bands, name); !bands.ok())
      return bands.status();
  }
  Buffer<float> values;
  for (const auto& [tensor_name, tensor] : file.tensors()) {
    if (!IsEntropyTensor(tensor_name)) continue;
    if (!values.AllocateForOverwrite(tensor.size())) return NoMemory(name, tensor_name);
    tensor.Decode(values.data());
    const float most = tensor.shape.size() == 1 ? kMaxBias : kMaxWeight;
    if (AreIntegers({values.data(), values.size()}, most)) continue;
    const float* const found = std::find_if(values.begin(), values.end(), [most](float value) {
      return !AreIntegers({&value, 1}, most);
    });
    return NoInteger(name, tensor_name, *found, most);
  }
  return {};
}

}  // namespace motet::core
