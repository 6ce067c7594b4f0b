#include "model/block.h"

#include <algorithm>
#include <tuple>

#include "model/lean.h"

namespace motet::trainer {
namespace {

// A whole block with a backward pass of its own: what autograd makes of its layers takes more than
// twice as many calls. Precision as in Linear.
class BlockFunction : public torch::autograd::Function<BlockFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const torch::Tensor& /*expand*/, const torch::Tensor& expand_bias,
                               const torch::Tensor& /*project*/, const torch::Tensor& project_bias,
                               const torch::Tensor& scale, const torch::Tensor& expand,
                               const torch::Tensor& project, int64_t lookahead) {
    const auto type = x.scalar_type(), low = expand.scalar_type();
    const auto kernels = Kernels(weight);
    const int64_t channels = x.size(2), past = Past(kernels, lookahead);
    const auto padded = AfterZeros(x, past);
    const auto convolved = Convolved(padded, past, kernels, bias, /*dilation=*/1);
    const auto [normed, mean, rstd] =
        at::native_layer_norm(convolved, {channels}, {}, {}, kFrameNormEpsilon);
    const auto u = Cast(Rows(normed), low);
    const auto expanded = Cast(torch::mm(u, Transposed(expand)), type).add_(expand_bias);
    const auto v = Cast(torch::gelu(expanded), low);
    const auto projected = Cast(torch::mm(v, Transposed(project)), type).add_(project_bias);
    context->save_for_backward({padded, kernels, convolved, mean, rstd, u, expand, expanded, v,
                                project, projected, scale});
    context->saved_data["lookahead"] = lookahead;
    return torch::addcmul(Delayed(padded, past, lookahead), projected.view(x.sizes()), scale);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &padded = saved[0], &kernels = saved[1], &convolved = saved[2], &mean = saved[3],
               &rstd = saved[4], &u = saved[5], &expand = saved[6], &expanded = saved[7],
               &v = saved[8], &project = saved[9], &projected = saved[10], &scale = saved[11];
    const int64_t lookahead = context->saved_data["lookahead"].toInt();
    const auto type = projected.scalar_type(), low = u.scalar_type();
    const auto &of_y = gradients[0], rows = Rows(of_y);

    const auto of_projected = rows * scale;
    const auto low_of_projected = Cast(of_projected, low);
    const auto of_expanded =
        at::gelu_backward(Cast(torch::mm(low_of_projected, project), type), expanded);
    const auto low_of_expanded = Cast(of_expanded, low);
    const auto of_normed = Cast(torch::mm(low_of_expanded, expand), type).view(of_y.sizes());
    const auto of_convolved = std::get<0>(at::native_layer_norm_backward(
        of_normed, convolved, {of_y.size(2)}, mean, rstd, {}, {}, {true, false, false}));
    const auto of = ConvolvedBackward(of_convolved, padded, Past(kernels, lookahead), kernels,
                                      /*dilation=*/1);
    return {Advanced(of_y, lookahead) + of.x,
            of.weight,
            of.bias,
            Cast(torch::mm(Transposed(low_of_expanded), u), type),
            SumOfRows(of_expanded),
            Cast(torch::mm(Transposed(low_of_projected), v), type),
            SumOfRows(of_projected),
            SumOfRows(rows * projected),
            {},
            {},
            {}};
  }

 private:
  // Frames before the first one that the convolution or the delay looks at.
  static int64_t Past(const torch::Tensor& kernels, int64_t lookahead) {
    return std::max(Reach(kernels, /*dilation=*/1), lookahead);
  }
};

}  // namespace

BlockImpl::BlockImpl(int64_t channels, const ModelConfig& config, int64_t lookahead)
    : depthwise_(register_module("depthwise", Depthwise(channels, config.block.kernel))),
      expand_(register_module("expand", Linear(channels, config.block.expansion * channels))),
      project_(register_module("project", Linear(config.block.expansion * channels, channels))),
      scale_(register_parameter("scale", torch::full({channels}, 0.3))),
      lookahead_(lookahead) {}

torch::Tensor BlockImpl::forward(const torch::Tensor& x) {
  if (is_training()) {
    return BlockFunction::apply(x, depthwise_->weight(), depthwise_->bias(), expand_->weight,
                                expand_->bias, project_->weight, project_->bias, scale_,
                                expand_->Cast(), project_->Cast(), lookahead_);
  }
  const auto u = Norm(depthwise_(x));
  return Delay(x, lookahead_) + project_(torch::gelu(expand_(u))) * scale_;
}

torch::nn::Sequential MakeBlocks(const LevelConfig& level, const ModelConfig& config) {
  torch::nn::Sequential blocks;
  for (const int64_t lookahead : level.lookahead)
    blocks->push_back(Block(level.width, config, lookahead));
  return blocks;
}

}  // namespace motet::trainer
