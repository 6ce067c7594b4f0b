#include "model/bands.h"

#include <cmath>
#include <memory>

#include "model/analysis.h"
#include "model/delay.h"
#include "model/lean.h"
#include "model_config/band_levels.h"

namespace motet::trainer {

using namespace band_levels;

namespace {

// rows [B, 4·P, window] of mid -> [B, P, bands], sums over the frames of a packet.
torch::Tensor EnergiesOf(const torch::Tensor& rows, const torch::Tensor& parts) {
  return torch::mm(Rows(rows * rows), parts).view({rows.size(0), -1, 4, parts.size(1)}).sum(2);
}

// Gains with a backward pass of its own.
class GainsFunction : public torch::autograd::Function<GainsFunction> {
 public:
  // rows [B, 4·P, window] of mid; for the bands of each packet, [B, P, bands], half the logarithm
  // of the energy that is wanted, and 1 or 0 where one or none is; parts [window, bands]; silence
  // is added to energies.
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& rows,
                               const torch::Tensor& wanted, const torch::Tensor& is_wanted,
                               const torch::Tensor& parts, double silence) {
    const auto energies = Plus(EnergiesOf(rows, parts), silence);
    const auto logs = torch::sub(wanted, torch::log(energies), 0.5);
    const auto applied = logs.clamp(-kMostLog, kMostLog).mul_(is_wanted);
    const auto gains = torch::mm(Rows(applied), Transposed(parts)).exp_();
    context->save_for_backward({rows, is_wanted, parts, energies, logs, gains});
    const int64_t batch = rows.size(0), frames = rows.size(1), window = rows.size(2);
    return gains.view({batch, frames / 4, 1, window})
        .expand({batch, frames / 4, 4, window})
        .reshape(rows.sizes());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &rows = saved[0], &is_wanted = saved[1], &parts = saved[2], &energies = saved[3],
               &logs = saved[4], &gains = saved[5];
    const int64_t window = rows.size(2);
    const auto of_gains = Rows(gradients[0]).view({-1, 4, window}).sum(1).mul_(gains);
    const auto of_applied = torch::mm(of_gains, parts).view(logs.sizes()).mul_(is_wanted);
    const auto of_logs = at::hardtanh_backward(of_applied, logs, -kMostLog, kMostLog);
    // Half of the logarithm of a sum of squares is subtracted.
    const auto of_rows = torch::mm(Rows(of_logs.div_(energies)), Transposed(parts));
    return {(rows.view({-1, 4, window}) * of_rows.unsqueeze(1)).neg_().view(rows.sizes()),
            {},
            {},
            {},
            {}};
  }

 private:
  static inline const double kMostLog = std::log(kMaxGain);
};

}  // namespace

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
  // Of nothing said, and of each level, half the logarithm of the energy in a packet.
  auto wanted = torch::zeros({BandsConfig::kLevels});
  for (int64_t level = 1; level < BandsConfig::kLevels; ++level)
    wanted[level] =
        std::log(static_cast<double>(packet_) * std::pow(10, config_.level_db(level) / 10)) / 2;
  wanted_ = register_module("wanted", std::make_shared<torch::nn::Module>())
                ->register_buffer("basis", wanted);
}

torch::Tensor BandsImpl::Measure(const torch::Tensor& x) const {
  torch::NoGradGuard no_grad;
  const auto both = x.select(1, 0) + x.select(1, 1);  // mid times the root of 2
  const auto energies =
      EnergiesOf(SpectrumOf(both.unsqueeze(1), window_, hop_).select(2, 0), parts_);
  const auto bels = torch::log10(
      Plus(Scaled(energies, 1 / static_cast<double>(2 * packet_)), band_levels::kSilence));
  return Cast(Scaled(Plus(bels, -BandsConfig::kFloorDb / 10), 10 / config_.step_db)
                  .round_()
                  .clamp_(0, BandsConfig::kLevels - 1),
              torch::kInt64);
}

torch::Tensor BandsImpl::Rows(const torch::Tensor& levels) {
  return Scaled(Cast(levels, torch::kFloat32), 1.0 / 8);
}

torch::Tensor BandsImpl::Gains(const torch::Tensor& spectrum, const torch::Tensor& levels) const {
  const auto said = Delay(levels, delay_);
  return GainsFunction::apply(spectrum, wanted_.take(said), Cast(said > 0, spectrum.scalar_type()),
                              parts_, static_cast<double>(packet_) * band_levels::kSilence);
}

}  // namespace motet::trainer
