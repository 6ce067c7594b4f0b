#include "model/conditioning.h"

namespace motet::trainer {

ConditioningImpl::ConditioningImpl(const ModelConfig& config)
    : coarse_(register_module("coarse", Up(config.quantizer.latent, config.conditioning.hidden))),
      mid_(register_module("mid", Linear(config.quantizer.latent, config.conditioning.hidden))),
      output_(register_module("output",
                              Linear(config.conditioning.hidden, config.conditioning.total()))) {}

torch::Tensor ConditioningImpl::forward(const torch::Tensor& zq_coarse,
                                        const torch::Tensor& zq_mid) {
  return torch::sigmoid(output_(torch::gelu(coarse_(zq_coarse) + mid_(zq_mid))));
}

}  // namespace motet::trainer
