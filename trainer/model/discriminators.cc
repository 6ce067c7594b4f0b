#include "model/discriminators.h"

#include <cmath>

#include "model/analysis.h"
#include "model/constants.h"
#include "model/lean.h"
#include "model/linear.h"

namespace motet::trainer {
namespace {

constexpr double kLeak = 0.2;
constexpr double kPower = 0.5;  // of companding
constexpr double kPowerFloor = 1e-8;

using Pair = std::array<int64_t, 2>;  // frames, bins

// Layers over frames and bins that halve the bins four times and see more and more frames.
std::vector<NormedConv> SpectrumLayers(int64_t in, int64_t width) {
  return {NormedConv(in, width, Pair{3, 5}, Pair{1, 2}),
          NormedConv(width, width, Pair{3, 5}, Pair{1, 2}),
          NormedConv(width, 2 * width, Pair{3, 5}, Pair{1, 2}, Pair{2, 1}),
          NormedConv(2 * width, 2 * width, Pair{3, 5}, Pair{1, 2}, Pair{4, 1}),
          NormedConv(2 * width, 1, Pair{3, 3})};
}

// What a normed convolution multiplies by and adds, in another type, with a backward pass of its
// own: what autograd makes of it takes more calls than the convolution. direction [out, in, frames,
// bins], length [out, 1, 1, 1], bias [out] -> weight of the shape of direction, bias.
class NormedWeightFunction : public torch::autograd::Function<NormedWeightFunction> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const torch::Tensor& direction,
                                                const torch::Tensor& length,
                                                const torch::Tensor& bias, torch::ScalarType type) {
    const auto norm = direction.view({direction.size(0), -1}).norm(2, 1).view(length.sizes());
    const auto gain = length / norm;
    context->save_for_backward({direction, norm, gain});
    return {Cast(direction * gain, type), Cast(bias, type)};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &direction = saved[0], &norm = saved[1], &gain = saved[2];
    const auto of_weight = Cast(gradients[0], direction.scalar_type());
    // Along the direction, the length alone counts.
    const auto along = (of_weight * direction).sum({1, 2, 3}, /*keepdim=*/true).div_(norm);
    return {torch::sub(of_weight, direction * (along / norm)).mul_(gain), along,
            Cast(gradients[1], direction.scalar_type()), torch::Tensor()};
  }
};

// A convolution and, if `leaky`, the leaky ReLU behind it. x [B, in, frames, bins] and what it is
// given of NormedWeightFunction -> [B, out, frames, bins] in the type of the weight.
class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const std::vector<int64_t>& stride,
                               const std::vector<int64_t>& padding,
                               const std::vector<int64_t>& dilation, int64_t groups, bool leaky) {
    const auto low = Cast(x, weight.scalar_type());
    auto y = at::convolution(low, weight, bias, stride, padding, dilation, /*transposed=*/false,
                             {0, 0}, groups);
    if (leaky) y = torch::leaky_relu_(y, kLeak);
    context->save_for_backward({low, weight, y});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["dilation"] = dilation;
    context->saved_data["groups"] = groups;
    context->saved_data["leaky"] = leaky;
    context->saved_data["type"] = static_cast<int64_t>(x.scalar_type());
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &y = saved[2];
    auto& data = context->saved_data;
    const bool of_weights = context->needs_input_grad(1);
    const auto of_y = data["leaky"].toBool()
                          ? at::leaky_relu_backward(gradients[0], y, kLeak, /*self_is_result=*/true)
                          : gradients[0];
    const auto [of_x, of_weight, of_bias] = at::convolution_backward(
        of_y, x, weight, at::IntArrayRef(weight.sizes().data(), 1), data["stride"].toIntVector(),
        data["padding"].toIntVector(), data["dilation"].toIntVector(), /*transposed=*/false, {0, 0},
        data["groups"].toInt(), {context->needs_input_grad(0), of_weights, of_weights});
    torch::autograd::variable_list results = {of_x, of_weight, of_bias};
    if (of_x.defined())
      results[0] = Cast(of_x, static_cast<torch::ScalarType>(data["type"].toInt()));
    results.resize(8);
    return results;
  }
};

// x in float32.
class InFloat32 : public torch::autograd::Function<InFloat32> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x) {
    context->saved_data["type"] = static_cast<int64_t>(x.scalar_type());
    return Cast(x, torch::kFloat32);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {
        Cast(gradients[0], static_cast<torch::ScalarType>(context->saved_data["type"].toInt()))};
  }
};

torch::Tensor ToFloat32(const torch::Tensor& x) {
  return x.scalar_type() == torch::kFloat32 ? x : InFloat32::apply(x);
}

torch::Tensor MdctOf(const torch::Tensor& x, const torch::Tensor& basis) {
  const int64_t window = basis.size(1);
  return torch::matmul(x.unfold(-1, window, window / 2), basis.t());
}

}  // namespace

NormedConvImpl::NormedConvImpl(int64_t in, int64_t out, std::array<int64_t, 2> kernel,
                               std::array<int64_t, 2> stride, std::array<int64_t, 2> dilation,
                               int64_t groups)
    : stride_(stride.begin(), stride.end()),
      dilation_(dilation.begin(), dilation.end()),
      groups_(groups) {
  const double inputs = static_cast<double>(in / groups * kernel[0] * kernel[1]);
  // He initialisation for the leaky slope.
  const double deviation = std::sqrt(2 / ((1 + kLeak * kLeak) * inputs));
  direction_ = register_parameter(
      "direction", torch::randn({out, in / groups, kernel[0], kernel[1]}) * deviation);
  length_ = register_parameter(
      "length", direction_.detach().flatten(1).norm(2, 1).reshape({out, 1, 1, 1}).clone());
  bias_ = register_parameter("bias", torch::zeros({out}));
  for (size_t i = 0; i < 2; ++i) padding_.push_back((kernel[i] - 1) * dilation[i] / 2);
}

NormedConvImpl::Operands NormedConvImpl::Products() const {
  const auto results =
      NormedWeightFunction::apply(direction_, length_, bias_, TrainingType(direction_));
  return {results[0], results[1]};
}

torch::Tensor NormedConvImpl::Convolved(const torch::Tensor& x, const Operands& operands,
                                        bool leaky) const {
  return ConvolutionFunction::apply(x, operands.weight, operands.bias, stride_, padding_, dilation_,
                                    groups_, leaky);
}

void DiscriminatorImpl::SetLayers(std::vector<NormedConv> layers) {
  layers_ = std::move(layers);
  for (size_t i = 0; i < layers_.size(); ++i) register_module(std::to_string(i), layers_[i]);
}

std::vector<DiscriminatorOutput> DiscriminatorImpl::forward(
    const std::vector<torch::Tensor>& signals) const {
  std::vector<torch::Tensor> hidden;
  for (const auto& signal : signals) hidden.push_back(Input(signal));
  std::vector<DiscriminatorOutput> results(signals.size());
  for (size_t i = 0; i < layers_.size(); ++i) {
    const bool last = i + 1 == layers_.size();
    const auto operands = layers_[i]->Products();
    for (size_t k = 0; k < signals.size(); ++k) {
      hidden[k] = layers_[i]->Convolved(hidden[k], operands, /*leaky=*/!last);
      if (last)
        results[k].score = ToFloat32(hidden[k]);
      else
        results[k].features.push_back(hidden[k]);
    }
  }
  return results;
}

WaveformDiscriminatorImpl::WaveformDiscriminatorImpl(int64_t factor, int64_t width)
    : factor_(factor) {
  const int64_t w = width;
  SetLayers({NormedConv(2, w, Pair{1, 15}),
             NormedConv(w, 2 * w, Pair{1, 41}, Pair{1, 4}, Pair{1, 1}, w / 4),
             NormedConv(2 * w, 4 * w, Pair{1, 41}, Pair{1, 4}, Pair{1, 1}, w / 2),
             NormedConv(4 * w, 4 * w, Pair{1, 41}, Pair{1, 4}, Pair{1, 1}, w),
             NormedConv(4 * w, 4 * w, Pair{1, 5}), NormedConv(4 * w, 1, Pair{1, 3})});
}

torch::Tensor WaveformDiscriminatorImpl::Input(const torch::Tensor& x) const {
  return (factor_ == 1 ? x : torch::avg_pool1d(x, factor_)).unsqueeze(2);
}

SpectrumDiscriminatorImpl::SpectrumDiscriminatorImpl(int64_t window, int64_t width)
    : window_(window) {
  SetLayers(SpectrumLayers(4, width));
}

torch::Tensor SpectrumDiscriminatorImpl::Input(const torch::Tensor& x) const {
  const int64_t hop = window_ / 4;
  const auto taper = HannWindow(window_, x);
  const auto spectrum = torch::view_as_real(
      torch::stft(x.reshape({-1, x.size(2)}), window_, hop, window_, taper, /*center=*/true,
                  "reflect", /*normalized=*/true, /*onesided=*/true, /*return_complex=*/true));
  const auto power = (spectrum * spectrum).sum(-1, true) + kPowerFloor;
  const auto companded = spectrum * torch::pow(power, (kPower - 1) / 2);
  // [B·2, bins, frames, 2] -> [B, 4, frames, bins]
  const int64_t bins = spectrum.size(1), frames = spectrum.size(2);
  return companded.permute({0, 3, 2, 1}).reshape({x.size(0), 4, frames, bins});
}

MdctDiscriminatorImpl::MdctDiscriminatorImpl(int64_t window, int64_t width) {
  basis_ = register_buffer("basis", MdctBasis(window));
  SetLayers(SpectrumLayers(2, width));
}

torch::Tensor MdctDiscriminatorImpl::Input(const torch::Tensor& x) const {
  const auto bins = MdctOf(x, basis_);
  return bins * torch::pow(bins * bins + kPowerFloor, (kPower - 1) / 2);
}

torch::Tensor Mdct(const torch::Tensor& x, int64_t window) {
  return MdctOf(x, MdctBasis(window, torch::kFloat64).to(x.options().requires_grad(false)));
}

DiscriminatorsImpl::DiscriminatorsImpl(const DiscriminatorConfig& config) {
  const auto add = [&](const std::string& name, std::shared_ptr<DiscriminatorImpl> discriminator) {
    all_.push_back(register_module(name, std::move(discriminator)));
  };
  for (const int64_t factor : config.waveform_factors)
    add("waveform_" + std::to_string(factor),
        std::make_shared<WaveformDiscriminatorImpl>(factor, config.width));
  for (const int64_t window : config.spectrum_windows)
    add("spectrum_" + std::to_string(window),
        std::make_shared<SpectrumDiscriminatorImpl>(window, config.width));
  for (const int64_t window : config.mdct_windows)
    add("mdct_" + std::to_string(window),
        std::make_shared<MdctDiscriminatorImpl>(window, config.width));
}

std::vector<std::vector<DiscriminatorOutput>> DiscriminatorsImpl::Of(
    const std::vector<torch::Tensor>& signals) const {
  std::vector<std::vector<DiscriminatorOutput>> outputs(signals.size());
  for (const auto& discriminator : all_) {
    auto own = discriminator->forward(signals);
    for (size_t k = 0; k < signals.size(); ++k) outputs[k].push_back(std::move(own[k]));
  }
  return outputs;
}

}  // namespace motet::trainer
