#include "model/feature_branch.h"

#include <tuple>

#include "model/lean.h"

namespace motet::trainer {
namespace {

// What the branch does after its projection, with a backward pass of its own: x [B, T, 3·width] ->
// the same shape.
class FeatureFunction : public torch::autograd::Function<FeatureFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               int64_t dilation) {
    const auto kernels = Kernels(weight);
    const int64_t width = x.size(2) / 3, past = Reach(kernels, dilation);
    const auto padded = AfterZeros(Part(x, 2, 0, width), past);
    const auto harmonic = Convolved(padded, past, kernels, bias, dilation);
    const auto middle = Part(x, 2, width, width);
    const auto rhythmic = middle - Delayed(AfterZeros(middle, 1), 1, 1);
    const auto last = SideBySide(Part(x, 2, 2 * width, width));
    const auto [timbral, mean, rstd] =
        at::native_layer_norm(last, {width}, {}, {}, kFrameNormEpsilon);
    const auto features = torch::cat({harmonic, rhythmic, timbral}, 2);
    context->save_for_backward({padded, kernels, last, mean, rstd, features});
    context->saved_data["dilation"] = dilation;
    return torch::gelu(features);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &padded = saved[0], &kernels = saved[1], &last = saved[2], &mean = saved[3],
               &rstd = saved[4], &features = saved[5];
    const int64_t dilation = context->saved_data["dilation"].toInt(), width = last.size(2);
    const auto gradient = at::gelu_backward(gradients[0], features);
    const auto of = ConvolvedBackward(SideBySide(Part(gradient, 2, 0, width)), padded,
                                      Reach(kernels, dilation), kernels, dilation);
    const auto rhythmic = Part(gradient, 2, width, width);
    const auto of_last = std::get<0>(
        at::native_layer_norm_backward(SideBySide(Part(gradient, 2, 2 * width, width)), last,
                                       {width}, mean, rstd, {}, {}, {true, false, false}));
    return {torch::cat({of.x, rhythmic - Advanced(rhythmic, 1), of_last}, 2), of.weight, of.bias,
            torch::Tensor()};
  }

 private:
  static torch::Tensor SideBySide(const torch::Tensor& x) {
    return torch::empty(x.sizes(), x.options()).copy_(x);
  }
};

}  // namespace

FeatureBranchImpl::FeatureBranchImpl(int64_t channels, const ModelConfig& config)
    : reduce_(register_module("reduce", Linear(channels, 3 * config.encoder.features.width))),
      harmonic_(register_module(
          "harmonic", Depthwise(config.encoder.features.width, config.encoder.features.kernel,
                                config.encoder.features.dilation))) {}

torch::Tensor FeatureBranchImpl::forward(const torch::Tensor& h) {
  return FeatureFunction::apply(reduce_(h), harmonic_->weight(), harmonic_->bias(),
                                harmonic_->dilation());
}

}  // namespace motet::trainer
