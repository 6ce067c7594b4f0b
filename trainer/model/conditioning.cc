#include "model/conditioning.h"

#include "model/lean.h"

namespace motet::trainer {
namespace {

// h [B, T, C], factors less 1 and summands [B, T, 2·C] -> [B, T, C].
class ModulationFunction : public torch::autograd::Function<ModulationFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& h,
                               const torch::Tensor& parts) {
    const int64_t channels = h.size(2);
    const auto factors = Part(parts, 2, 0, channels);
    context->save_for_backward({h, factors});
    return torch::addcmul(h, h, factors).add_(Part(parts, 2, channels, channels));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &gradient = gradients[0], &h = saved[0], &factors = saved[1];
    return {torch::addcmul(gradient, gradient, factors), torch::cat({gradient * h, gradient}, 2)};
  }
};

}  // namespace

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
  return ModulationFunction::apply(h, LinearImpl::forward(m));
}

}  // namespace motet::trainer
