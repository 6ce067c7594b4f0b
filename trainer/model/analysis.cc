#include "model/analysis.h"

#include <cmath>
#include <string>

#include "model/constants.h"

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

torch::Tensor MidSide(const torch::Tensor& x) {
  const auto a = x.select(1, 0), b = x.select(1, 1);
  return torch::stack({a + b, a - b}, 1) * M_SQRT1_2;
}

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
  const auto past = torch::zeros({x.size(0), 2, window_ - hop_}, x.options());
  const auto frames = torch::cat({past, MidSide(x)}, 2).unfold(2, window_, hop_);  // [B, 2, T, 512]
  const auto rows = torch::matmul(frames, basis_.t());
  const int64_t bins = window_ / 2 + 1;
  const auto re = rows.narrow(-1, 0, bins);
  const auto im = torch::constant_pad_nd(rows.narrow(-1, bins, bins - 2), {1, 1});
  const auto gain = torch::pow(re * re + im * im + epsilon_, (power_ - 1) / 2);
  const auto companded = torch::cat({re * gain, (im * gain).narrow(-1, 1, bins - 2)}, -1);
  return companded.permute({0, 2, 1, 3}).reshape({x.size(0), frames.size(2), 2 * window_});
}

}  // namespace motet::trainer
