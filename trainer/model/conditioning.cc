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

FilmImpl::FilmImpl(int64_t features, int64_t channels) : LinearImpl(features, 2 * channels) {
  torch::NoGradGuard no_grad;
  weight.mul_(0.1);
  bias.zero_();
}

torch::Tensor FilmImpl::forward(const torch::Tensor& h, const torch::Tensor& m) {
  const auto parts = LinearImpl::forward(m).chunk(2, -1);
  return h * (1 + parts[0]) + parts[1];
}

}  // namespace motet::trainer
