#include "model/discriminators.h"

#include <cmath>

#include "model/analysis.h"
#include "model/constants.h"
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
  const auto norm = direction_.flatten(1).norm(2, 1).reshape(length_.sizes());
  const auto type = TrainingType();
  const auto weight = (direction_ * (length_ / norm)).to(type);
  return torch::conv2d(x.to(type), weight, bias_.to(type), stride_, padding_, dilation_, groups_);
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
    result.features.push_back(h.to(torch::kFloat32));
  }
  result.score = h.to(torch::kFloat32);
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
  const auto power = spectrum.square().sum(-1, true);
  const auto companded = spectrum * torch::pow(power + kPowerFloor, (kPower - 1) / 2);
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
  return Run(bins * torch::pow(bins.square() + kPowerFloor, (kPower - 1) / 2));
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
