#include "entropy/entropy_network.h"

#include <cmath>

namespace motet::trainer {
namespace {

constexpr int64_t kCodes = 256;
constexpr int64_t kRows = kCodes + 1;  // of an embedding: the last is for kAbsentCode
constexpr double kHighestHidden = 127;

// A parameter is held in its own unit, so that one learning rate suits all; this many of its
// integer's steps make 1. The products' units follow: 1/32 · 1/256 = 1/16 / 512 of a hidden value,
// and 1/16 · 1/32 = 1/512 of a bit.
constexpr double kEmbeddingSteps = 32;
constexpr double kHiddenWeightSteps = 256;
constexpr double kHiddenBiasSteps = kEmbeddingSteps * kHiddenWeightSteps;
constexpr double kOutputWeightSteps = 32;
constexpr double kOutputBiasSteps = 512;

constexpr double kFirstEmbedding = 0.3;  // standard deviation

// `forward` with the gradient of `backward`. Exact: x - x is 0.
torch::Tensor StraightThrough(const torch::Tensor& forward, const torch::Tensor& backward) {
  return forward.detach() + (backward - backward.detach());
}

torch::Tensor Integers(const torch::Tensor& parameter, double steps) {
  const auto scaled = parameter * steps;
  return StraightThrough(scaled.round(), scaled);
}

IntegerTensor ToIntegers(const torch::Tensor& parameter, double steps) {
  torch::NoGradGuard no_grad;
  // Adding 0 makes 0 of -0, which has other bits and would hash differently when read back.
  const auto values = (parameter * steps).round().add(0.0).contiguous();
  return {values.sizes().vec(),
          {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()}};
}

void ClampTo(torch::Tensor parameter, int64_t limit, double steps) {
  const double largest = static_cast<double>(limit) / steps;
  parameter.clamp_(-largest, largest);
}

}  // namespace

EntropyNetworkImpl::EntropyNetworkImpl(const std::vector<CodedQuantizer>& quantizers,
                                       const EntropySizes& sizes)
    : sizes_(sizes) {
  const auto rows = kRows * static_cast<int64_t>(quantizers.size());
  embedding_ =
      register_parameter("embedding", torch::randn({rows, sizes.embedding}) * kFirstEmbedding);
  for (const CodedQuantizer& coded : quantizers) {
    Network network;
    network.name = coded.name();
    std::vector<int64_t> tables;
    for (const ContextCode& code : coded.context) tables.push_back(kRows * code.quantizer);
    network.tables = torch::tensor(tables, torch::kInt64);
    const auto add = [&](const char* name, const torch::Tensor& value) {
      return register_parameter(std::string(kLevelNames[coded.level]) + "_" +
                                    std::to_string(coded.quantizer) + "_" + name,
                                value);
    };
    const auto inputs = static_cast<int64_t>(tables.size()) * sizes.embedding;
    network.hidden_weight = add("hidden_weight", torch::randn({sizes.hidden, inputs}) /
                                                     std::sqrt(static_cast<double>(inputs)));
    network.hidden_bias = add("hidden_bias", torch::zeros({sizes.hidden}));
    network.output_weight = add("output_weight", torch::randn({kCodes, sizes.hidden}) * 0.5 /
                                                     std::sqrt(static_cast<double>(sizes.hidden)));
    network.output_bias = add("output_bias", torch::zeros({kCodes}));
    networks_.push_back(std::move(network));
  }
  torch::NoGradGuard no_grad;
  Clamp();
}

torch::Tensor EntropyNetworkImpl::Logarithms(size_t index, const torch::Tensor& contexts) {
  const Network& network = networks_.at(index);
  const auto rows =
      torch::embedding(Integers(embedding_, kEmbeddingSteps), contexts + network.tables);
  const auto sums = torch::addmm(Integers(network.hidden_bias, kHiddenBiasSteps),
                                 rows.reshape({contexts.size(0), -1}),
                                 Integers(network.hidden_weight, kHiddenWeightSteps).t());
  const auto hidden = sums / 512;  // exact, as are the next two: they change the exponent alone
  const auto integers = StraightThrough((hidden + 0.5).floor().clamp(0, kHighestHidden),
                                        hidden.clamp(0, kHighestHidden));
  return torch::addmm(Integers(network.output_bias, kOutputBiasSteps), integers,
                      Integers(network.output_weight, kOutputWeightSteps).t());
}

torch::Tensor EntropyNetworkImpl::Bits(size_t quantizer, const torch::Tensor& contexts,
                                       const torch::Tensor& codes) {
  const auto nats = Logarithms(quantizer, contexts) * (M_LN2 / 512);
  return torch::nn::functional::cross_entropy(nats, codes) / M_LN2;
}

void EntropyNetworkImpl::Clamp() {
  torch::NoGradGuard no_grad;
  ClampTo(embedding_, kEntropyWeightLimit, kEmbeddingSteps);
  for (Network& network : networks_) {
    ClampTo(network.hidden_weight, kEntropyWeightLimit, kHiddenWeightSteps);
    ClampTo(network.hidden_bias, kEntropyBiasLimit, kHiddenBiasSteps);
    ClampTo(network.output_weight, kEntropyWeightLimit, kOutputWeightSteps);
    ClampTo(network.output_bias, kEntropyBiasLimit, kOutputBiasSteps);
  }
}

EntropyModel EntropyNetworkImpl::ToModel() const {
  EntropyModel model;
  model.sizes = sizes_;
  for (size_t i = 0; i < networks_.size(); ++i) {
    const Network& network = networks_[i];
    const std::string name = kEntropyPrefix + network.name + ".";
    model.tensors[name + "embedding"] =
        ToIntegers(embedding_.narrow(0, static_cast<int64_t>(i) * kRows, kRows), kEmbeddingSteps);
    model.tensors[name + "hidden.weight"] = ToIntegers(network.hidden_weight, kHiddenWeightSteps);
    model.tensors[name + "hidden.bias"] = ToIntegers(network.hidden_bias, kHiddenBiasSteps);
    model.tensors[name + "output.weight"] = ToIntegers(network.output_weight, kOutputWeightSteps);
    model.tensors[name + "output.bias"] = ToIntegers(network.output_bias, kOutputBiasSteps);
  }
  return model;
}

}  // namespace motet::trainer
