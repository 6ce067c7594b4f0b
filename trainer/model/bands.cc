#include "model/bands.h"

#include <cmath>
#include <memory>
#include <vector>

#include "model/delay.h"
#include "model_config/band_levels.h"

namespace motet::trainer {

using namespace band_levels;

BandsImpl::BandsImpl(const ModelConfig& config)
    : config_(config.bands.value()),
      packet_(config.packet),
      window_(config.analysis.window),
      hop_(config.analysis.hop),
      delay_(config.bands_delay()) {
  // Constants, none of which belongs to the state of a model.
  const auto constant = [&](const char* name, const torch::Tensor& value) {
    return register_module(name, std::make_shared<torch::nn::Module>())
        ->register_buffer("basis", value.to(torch::kFloat32));
  };
  // A sine window, at the scale of Analysis.
  const auto n = torch::arange(window_, torch::kFloat64);
  basis_ = constant("window", torch::sin(M_PI / static_cast<double>(window_) * n) /
                                  std::sqrt(static_cast<double>(hop_)));
  auto member = torch::zeros({config.bins(), config_.count()});
  for (int64_t band = 0; band < config_.count(); ++band) {
    const auto edge = config_.edges.begin() + band;
    member.slice(0, edge[0], edge[1]).select(1, band).fill_(1);
  }
  member_ = constant("member", member);
  parts_ = constant("parts", torch::cat({member, member.narrow(0, 1, config.bins() - 2)}));
}

torch::Tensor BandsImpl::Measure(const torch::Tensor& x) const {
  torch::NoGradGuard no_grad;
  const int64_t batch = x.size(0), packets = x.size(2) / packet_;
  const auto mid = (x.select(1, 0) + x.select(1, 1)) * M_SQRT1_2;
  const auto frames = torch::constant_pad_nd(mid, {window_ - hop_, 0}).unfold(1, window_, hop_);
  const auto power = torch::fft::rfft(frames * basis_).abs().square();
  const auto bands =
      torch::matmul(power, member_).reshape({batch, packets, 4, config_.count()}).sum(2);
  const auto db = 10 * torch::log10(bands / static_cast<double>(packet_) + kSilence);
  return torch::round((db - BandsConfig::kFloorDb) / config_.step_db)
      .clamp(0, BandsConfig::kLevels - 1)
      .to(torch::kInt64);
}

torch::Tensor BandsImpl::Rows(const torch::Tensor& levels) {
  return levels.to(torch::kFloat32) / 8;
}

torch::Tensor BandsImpl::Gains(const torch::Tensor& spectrum, const torch::Tensor& levels) const {
  const int64_t batch = spectrum.size(0), packets = levels.size(1);
  const auto own =
      torch::matmul(spectrum.square(), parts_).reshape({batch, packets, 4, config_.count()}).sum(2);
  const auto said = Delay(levels, delay_);
  const auto db = said.to(torch::kFloat32) * config_.step_db + BandsConfig::kFloorDb;
  const auto wanted = static_cast<double>(packet_) * torch::pow(10, db / 10);
  const auto gain = torch::sqrt(wanted / (own + static_cast<double>(packet_) * kSilence))
                        .clamp(1 / kMaxGain, kMaxGain);
  // 0 where nothing is said and outside of bands: the logarithm of 1.
  const auto log = torch::log(gain).masked_fill(said == 0, 0);
  return torch::exp(torch::matmul(log, parts_.t()))
      .unsqueeze(2)
      .expand({batch, packets, 4, window_})
      .reshape({batch, 4 * packets, window_});
}

}  // namespace motet::trainer
