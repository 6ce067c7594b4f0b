#include "losses/spectrum.h"

#include <cmath>
#include <map>

namespace motet::trainer {
namespace {

constexpr double kMelFloor = 1e-5;

double MelFromHertz(double hertz) {
  return hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * std::log(hertz / 1000) / std::log(6.4);
}

double HertzFromMel(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp(std::log(6.4) / 27 * (mel - 15));
}

}  // namespace

torch::Tensor Magnitudes(const torch::Tensor& x, int64_t window, int64_t hop) {
  const auto taper = torch::hann_window(window, x.options().requires_grad(false));
  const auto spectrum = torch::view_as_real(
      torch::stft(x, window, hop, window, taper, /*center=*/true, "reflect",
                  /*normalized=*/false, /*onesided=*/true, /*return_complex=*/true));
  // The small term keeps the gradient finite where a bin is exactly zero.
  return torch::sqrt(spectrum.square().sum(-1) + 1e-14);
}

torch::Tensor MelFilters(double sample_rate, int64_t window, int64_t mels) {
  const int64_t bins = window / 2 + 1;
  const double top = MelFromHertz(sample_rate / 2);
  std::vector<double> edges(static_cast<size_t>(mels) + 2);
  for (size_t i = 0; i < edges.size(); ++i)
    edges[i] = HertzFromMel(top * static_cast<double>(i) / static_cast<double>(mels + 1));
  auto filters = torch::zeros({mels, bins}, torch::kFloat64);
  auto at = filters.accessor<double, 2>();
  for (int64_t m = 0; m < mels; ++m) {
    const auto i = static_cast<size_t>(m);
    for (int64_t k = 0; k < bins; ++k) {
      const double f = sample_rate / 2 * static_cast<double>(k) / static_cast<double>(bins - 1);
      const double rise = (f - edges[i]) / (edges[i + 1] - edges[i]);
      const double fall = (edges[i + 2] - f) / (edges[i + 2] - edges[i + 1]);
      at[m][k] = std::max(0.0, std::min(rise, fall)) * 2 / (edges[i + 2] - edges[i]);
    }
  }
  return filters.to(torch::kFloat32);
}

const std::vector<MelScale>& MelScales() {
  static const std::vector<MelScale> scales = {{32, 5},   {64, 10},    {128, 20},  {256, 40},
                                               {512, 80}, {1024, 160}, {2048, 320}};
  return scales;
}

MelDistance::MelDistance(double sample_rate) {
  for (const MelScale& scale : MelScales())
    filters_.push_back(MelFilters(sample_rate, scale.window, scale.mels).t().contiguous());
}

torch::Tensor MelDistance::AtScale(const torch::Tensor& x, const torch::Tensor& y,
                                   size_t scale) const {
  const int64_t window = MelScales()[scale].window;
  const auto log_mel = [&](const torch::Tensor& signal) {
    const auto mel =
        torch::matmul(Magnitudes(signal, window, window / 4).transpose(1, 2), filters_[scale]);
    return torch::log10(torch::clamp_min(mel, kMelFloor));
  };
  torch::Tensor target;
  {
    torch::NoGradGuard no_grad;
    target = log_mel(x);
  }
  return torch::l1_loss(log_mel(y), target);
}

torch::Tensor MelDistance::All(const torch::Tensor& x, const torch::Tensor& y) const {
  auto sum = torch::zeros({}, y.options());
  for (size_t scale = 0; scale < MelScales().size(); ++scale) sum = sum + AtScale(x, y, scale);
  return sum;
}

void MelDistance::To(torch::Device device) {
  for (auto& filter : filters_) filter = filter.to(device);
}

}  // namespace motet::trainer
