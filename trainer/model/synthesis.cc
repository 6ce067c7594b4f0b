#include "model/synthesis.h"

#include "model/analysis.h"

namespace motet::trainer {
namespace {

constexpr double kMdctUnit = 0.01;  // below it, coefficients are as good as linear in the head

}  // namespace

SynthesisImpl::SynthesisImpl(const ModelConfig& config)
    : mdct_(config.synthesis.type == "mdct"),
      window_(config.synthesis.window),
      hop_(config.synthesis.hop),
      max_log_magnitude_(config.synthesis.max_log_magnitude),
      basis_(register_buffer("basis", mdct_ ? MdctBasis(window_) : SynthesisBasis(window_))) {}

torch::Tensor SynthesisImpl::Spectrum(const torch::Tensor& y) const {
  const int64_t bins = window_ / 2 + 1;
  const auto polar = y.reshape({y.size(0), y.size(1), 2, 2, bins});
  const auto magnitude = torch::exp(torch::clamp_max(polar.select(3, 0), max_log_magnitude_));
  const auto phase = polar.select(3, 1);
  const auto re = magnitude * torch::cos(phase);
  const auto im = (magnitude * torch::sin(phase)).narrow(-1, 1, bins - 2);
  return torch::cat({re, im}, -1);
}

torch::Tensor SynthesisImpl::Mdct(const torch::Tensor& y) const {
  const auto companded = y.reshape({y.size(0), y.size(1), 2, hop_});
  const auto size = torch::expm1(torch::clamp_max(companded.abs(), max_log_magnitude_));
  return kMdctUnit * torch::sign(companded) * size;
}

torch::Tensor SynthesisImpl::Sound(const torch::Tensor& spectrum) const {
  const int64_t batch = spectrum.size(0), frames = spectrum.size(1);
  const auto pieces = torch::matmul(spectrum, basis_);
  // Overlap-add: the second half of the frame before, plus the first half of this one.
  const auto late = Delay(pieces.narrow(-1, hop_, hop_).reshape({batch, frames, 2 * hop_}), 1);
  const auto hops = late + pieces.narrow(-1, 0, hop_).reshape({batch, frames, 2 * hop_});
  const auto mid_side = hops.reshape({batch, frames, 2, hop_})
                            .permute({0, 2, 1, 3})
                            .reshape({batch, 2, frames * hop_});
  return MidSide(mid_side);
}

torch::Tensor SynthesisImpl::forward(const torch::Tensor& y) {
  return Sound(mdct_ ? Mdct(y) : Spectrum(y));
}

}  // namespace motet::trainer
