// The networks that say how likely each code is, trained as the integers that they are stored as.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "entropy/coded_quantizer.h"
#include "entropy/entropy_model.h"

namespace motet::trainer {

// A network for each quantizer; an embedding belongs to the quantizer whose codes it is
// for, and all networks that see them share it.
//
// Forward, every weight and activation is the integer of docs/FORMAT.md, held exactly in a float.
// Backward, rounding is passed over (straight-through estimator: Bengio et al. 2013).
class EntropyNetworkImpl : public torch::nn::Module {
 public:
  // Weights drawn from torch's random numbers.
  EntropyNetworkImpl(const std::vector<CodedQuantizer>& quantizers, const EntropySizes& sizes);

  // The integers z of a quantizer, in 512ths of a bit: [n, 256]. `contexts` [n, C], int64: codes or
  // kAbsentCode, in the order of the quantizer's context.
  torch::Tensor Logarithms(size_t quantizer, const torch::Tensor& contexts);

  // Mean bits for a code, from the softmax of z. `codes` [n], int64.
  torch::Tensor Bits(size_t quantizer, const torch::Tensor& contexts, const torch::Tensor& codes);

  // Puts weights that an optimizer moved too far back to the end of their range.
  void Clamp();

  // The integers, for a model file; without the codec's identity.
  EntropyModel ToModel() const;

 private:
  struct Network {
    std::string name;
    torch::Tensor tables;  // [C], int64: the first row of each code's embedding
    torch::Tensor hidden_weight, hidden_bias, output_weight, output_bias;
  };

  EntropySizes sizes_;
  torch::Tensor embedding_;  // [257 for each quantizer, E]
  std::vector<Network> networks_;
};
TORCH_MODULE(EntropyNetwork);

}  // namespace motet::trainer
