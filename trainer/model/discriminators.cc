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

// A normed convolution with a backward pass of its own: what autograd makes of the weight takes
// more calls than the convolution.
class NormedConvFunction : public torch::autograd::Function<NormedConvFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& direction, const torch::Tensor& length,
                               const torch::Tensor& bias, torch::ScalarType type,
                               const std::vector<int64_t>& stride,
                               const std::vector<int64_t>& padding,
                               const std::vector<int64_t>& dilation, int64_t groups) {
    const auto norm = direction.view({direction.size(0), -1}).norm(2, 1).view(length.sizes());
    const auto gain = length / norm;
    const auto low = Cast(x, type), weight = Cast(direction * gain, type);
    context->save_for_backward({low, direction, norm, gain, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["dilation"] = dilation;
    context->saved_data["groups"] = groups;
    context->saved_data["type"] = static_cast<int64_t>(x.scalar_type());
    return at::convolution(low, weight, Cast(bias, type), stride, padding, dilation,
                           /*transposed=*/false, {0, 0}, groups);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &direction = saved[1], &norm = saved[2], &gain = saved[3],
               &weight = saved[4];
    auto& data = context->saved_data;
    const bool of_weights = context->needs_input_grad(1);
    const auto [of_x, low_of_weight, of_bias] = at::convolution_backward(
        gradients[0], x, weight, at::IntArrayRef(weight.sizes().data(), 1),
        data["stride"].toIntVector(), data["padding"].toIntVector(), data["dilation"].toIntVector(),
        /*transposed=*/false, {0, 0}, data["groups"].toInt(),
        {context->needs_input_grad(0), of_weights, of_weights});
    torch::autograd::variable_list result(9);
    if (of_x.defined())
      result[0] = Cast(of_x, static_cast<torch::ScalarType>(data["type"].toInt()));
    if (!of_weights) return result;
    const auto of_weight = Cast(low_of_weight, direction.scalar_type());
    // Along the direction, the length alone counts.
    const auto along = (of_weight * direction).sum({1, 2, 3}, /*keepdim=*/true).div_(norm);
    result[1] = torch::sub(of_weight, direction * (along / norm)).mul_(gain);
    result[2] = along;
    result[3] = Cast(of_bias, direction.scalar_type());
    return result;
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

torch::Tensor NormedConvImpl::forward(const torch::Tensor& x) {
  // Gradients are checked in float64.
  const auto type = direction_.scalar_type() == torch::kFloat64 ? torch::kFloat64 : TrainingType();
  return NormedConvFunction::apply(x, direction_, length_, bias_, type, stride_, padding_,
                                   dilation_, groups_);
}

void DiscriminatorImpl::SetLayers(std::vector<NormedConv> layers) {
  layers_ = std::move(layers);
  for (size_t i = 0; i < layers_.size(); ++i) register_module(std::to_string(i), layers_[i]);
}

DiscriminatorOutput DiscriminatorImpl::Run(torch::Tensor h) {
  DiscriminatorOutput result;
  for (size_t i = 0; i < layers_.size(); ++i) {
    h = layers_[i](h);
    if (i + 1 == layers_.size()) break;
    h = torch::leaky_relu(h, kLeak);
    result.features.push_back(ToFloat32(h));
  }
  result.score = ToFloat32(h);
  return result;
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

DiscriminatorOutput WaveformDiscriminatorImpl::forward(const torch::Tensor& x) {
  return Run((factor_ == 1 ? x : torch::avg_pool1d(x, factor_)).unsqueeze(2));
}

SpectrumDiscriminatorImpl::SpectrumDiscriminatorImpl(int64_t window, int64_t width)
    : window_(window) {
  SetLayers(SpectrumLayers(4, width));
}

DiscriminatorOutput SpectrumDiscriminatorImpl::forward(const torch::Tensor& x) {
  const int64_t hop = window_ / 4;
  const auto taper = HannWindow(window_, x);
  const auto spectrum = torch::view_as_real(
      torch::stft(x.reshape({-1, x.size(2)}), window_, hop, window_, taper, /*center=*/true,
                  "reflect", /*normalized=*/true, /*onesided=*/true, /*return_complex=*/true));
  const auto power = (spectrum * spectrum).sum(-1, true) + kPowerFloor;
  const auto companded = spectrum * torch::pow(power, (kPower - 1) / 2);
  // [B·2, bins, frames, 2] -> [B, 4, frames, bins]
  const int64_t bins = spectrum.size(1), frames = spectrum.size(2);
  return Run(companded.permute({0, 3, 2, 1}).reshape({x.size(0), 4, frames, bins}));
}

MdctDiscriminatorImpl::MdctDiscriminatorImpl(int64_t window, int64_t width) {
  basis_ = register_buffer("basis", MdctBasis(window));
  SetLayers(SpectrumLayers(2, width));
}

DiscriminatorOutput MdctDiscriminatorImpl::forward(const torch::Tensor& x) {
  const auto bins = MdctOf(x, basis_);
  return Run(bins * torch::pow(bins * bins + kPowerFloor, (kPower - 1) / 2));
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

std::vector<DiscriminatorOutput> DiscriminatorsImpl::forward(const torch::Tensor& x) {
  std::vector<DiscriminatorOutput> outputs;
  for (const auto& discriminator : all_) outputs.push_back(discriminator->forward(x));
  return outputs;
}

}  // namespace motet::trainer
