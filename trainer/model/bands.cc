#include "model/bands.h"

#include <cmath>
#include <memory>

#include "model/analysis.h"
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
  auto member = torch::zeros({config.bins(), config_.count()});
  for (int64_t band = 0; band < config_.count(); ++band) {
    const auto edge = config_.edges.begin() + band;
    member.slice(0, edge[0], edge[1]).select(1, band).fill_(1);
  }
  // A constant, which does not belong to the state of a model.
  parts_ =
      register_module("parts", std::make_shared<torch::nn::Module>())
          ->register_buffer("basis", torch::cat({member, member.narrow(0, 1, config.bins() - 2)}));
}

torch::Tensor BandsImpl::Measure(const torch::Tensor& x) const {
  torch::NoGradGuard no_grad;
  const auto mid = (x.select(1, 0) + x.select(1, 1)) * M_SQRT1_2;
  const auto energies = Energies(SpectrumOf(mid.unsqueeze(1), window_, hop_).select(2, 0));
  const auto db =
      10 * torch::log10(energies / static_cast<double>(packet_) + band_levels::kSilence);
  return torch::round((db - BandsConfig::kFloorDb) / config_.step_db)
      .clamp(0, BandsConfig::kLevels - 1)
      .to(torch::kInt64);
}

torch::Tensor BandsImpl::Energies(const torch::Tensor& spectrum) const {
  return torch::matmul(spectrum.square(), parts_)
      .reshape({spectrum.size(0), -1, 4, config_.count()})
      .sum(2);
}

torch::Tensor BandsImpl::Rows(const torch::Tensor& levels) {
  return levels.to(torch::kFloat32) / 8;
}

torch::Tensor BandsImpl::Gains(const torch::Tensor& spectrum, const torch::Tensor& levels) const {
  const int64_t batch = spectrum.size(0), packets = levels.size(1);
  const auto own = Energies(spectrum);
  const auto said = Delay(levels, delay_);
  const auto db = said.to(torch::kFloat32) * config_.step_db + BandsConfig::kFloorDb;
  const auto wanted = static_cast<double>(packet_) * torch::pow(10, db / 10);
  const auto gain =
      torch::sqrt(wanted / (own + static_cast<double>(packet_) * band_levels::kSilence))
          .clamp(1 / kMaxGain, kMaxGain);
  // 0 where nothing is said and outside of bands: the logarithm of 1.
  const auto log = torch::log(gain).masked_fill(said == 0, 0);
  return torch::exp(torch::matmul(log, parts_.t()))
      .unsqueeze(2)
      .expand({batch, packets, 4, window_})
      .reshape({batch, 4 * packets, window_});
}

}  // namespace motet::trainer
