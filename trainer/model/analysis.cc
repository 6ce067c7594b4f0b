#include "model/analysis.h"

#include <cmath>
#include <string>

#include "model/constants.h"
#include "model/lean.h"

namespace motet::trainer {
namespace {

// cos (or sin) of 2π·k·n/window times the sine window, for k = first..last, in float64:
// [last-first+1, window].
torch::Tensor Waves(int64_t window, int64_t first, int64_t last, bool sine) {
  const auto n = torch::arange(window, torch::kFloat64);
  const auto k = torch::arange(first, last + 1, torch::kFloat64).unsqueeze(1);
  const auto angle =
      2 * M_PI / static_cast<double>(window) * torch::remainder(k * n, static_cast<double>(window));
  const auto taper = torch::sin(M_PI / static_cast<double>(window) * n);
  return (sine ? torch::sin(angle) : torch::cos(angle)) * taper;
}

// Its own inverse, and its own transpose.
class MidSideFunction : public torch::autograd::Function<MidSideFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* /*context*/,
                               const torch::Tensor& x) {
    const auto a = Part(x, 1, 0, 1), b = Part(x, 1, 1, 1);
    return torch::cat({a + b, a - b}, 1).mul_(Number(M_SQRT1_2, x));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {forward(context, gradients[0])};
  }
};

double Scale(int64_t window) {
  return std::sqrt(static_cast<double>(window) / 2);
}  // 16 for a window of 512

}  // namespace

torch::Tensor AnalysisBasis(int64_t window) {
  const int64_t half = window / 2;
  const auto basis = torch::cat({Waves(window, 0, half, false), -Waves(window, 1, half - 1, true)});
  return (basis / Scale(window)).to(torch::kFloat32);
}

torch::Tensor SynthesisBasis(int64_t window) {
  const int64_t half = window / 2;
  auto cosines = Waves(window, 0, half, false) * 2;
  cosines[0] /= 2;
  cosines[half] /= 2;
  const auto basis = torch::cat({cosines, -2 * Waves(window, 1, half - 1, true)});
  return (basis * (Scale(window) / static_cast<double>(window))).to(torch::kFloat32);
}

torch::Tensor MdctBasis(int64_t window, torch::Dtype dtype) {
  const auto n = torch::arange(window, torch::kFloat64);
  const auto k = torch::arange(window / 2, torch::kFloat64).unsqueeze(1);
  const auto size = static_cast<double>(window);
  const auto taper = torch::sin(M_PI / size * (n + 0.5));
  const auto basis =
      torch::cos(2 * M_PI / size * (n + 0.5 + size / 4) * (k + 0.5)) * taper * std::sqrt(4 / size);
  return basis.to(dtype);
}

torch::Tensor MidSide(const torch::Tensor& x) { return MidSideFunction::apply(x); }

torch::Tensor SpectrumOf(const torch::Tensor& x, int64_t window, int64_t hop) {
  const auto taper = Constant("sine window " + std::to_string(window), x, [&] {
    const auto n = torch::arange(window, torch::kFloat64);
    return torch::sin(M_PI / static_cast<double>(window) * n) / Scale(window);
  });
  const auto frames =
      torch::constant_pad_nd(x, {window - hop, 0}).unfold(2, window, hop);  // [B, C, T, window]
  const auto spectrum = torch::view_as_real(torch::fft::rfft(frames * taper));
  const auto rows = torch::cat(
      {spectrum.select(-1, 0), spectrum.select(-1, 1).narrow(-1, 1, window / 2 - 1)}, -1);
  return rows.permute({0, 2, 1, 3});
}

AnalysisImpl::AnalysisImpl(const ModelConfig& config)
    : window_(config.analysis.window),
      hop_(config.analysis.hop),
      power_(config.analysis.power),
      epsilon_(config.analysis.epsilon),
      basis_(register_buffer("basis", AnalysisBasis(window_))) {}

torch::Tensor AnalysisImpl::forward(const torch::Tensor& x) {
  const auto frames = torch::constant_pad_nd(MidSide(x), {window_ - hop_, 0})
                          .unfold(2, window_, hop_);  // [B, 2, T, 512]
  const auto rows = torch::matmul(frames, Transposed(basis_));
  const int64_t bins = window_ / 2 + 1;
  const auto re = Part(rows, 3, 0, bins), im = Part(rows, 3, bins, bins - 2);
  auto power = Plus(re * re, epsilon_);
  Part(power, 3, 1, bins - 2).addcmul_(im, im);
  const auto gain = torch::pow(power, (power_ - 1) / 2);
  const auto companded = torch::cat({re * gain, im * Part(gain, 3, 1, bins - 2)}, 3);
  return companded.permute({0, 2, 1, 3}).reshape({x.size(0), frames.size(2), 2 * window_});
}

}  // namespace motet::trainer
