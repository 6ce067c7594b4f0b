#include "model/synthesis.h"

#include <limits>

#include "model/analysis.h"
#include "model/lean.h"

namespace motet::trainer {
namespace {

constexpr double kMdctUnit = 0.01;  // below it, coefficients are as good as linear in the head

// Log-magnitudes and phases [B, T, 2, 2, bins] -> rows [B, T, 2, 2·bins − 2], with a backward pass
// of its own.
class PolarFunction : public torch::autograd::Function<PolarFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& polar, double max_log_magnitude) {
    const auto log = polar.select(3, 0), phase = polar.select(3, 1);
    const auto magnitude = torch::clamp_max(log, max_log_magnitude).exp_();
    const auto re = torch::cos(phase).mul_(magnitude), im = torch::sin(phase).mul_(magnitude);
    context->save_for_backward({log, re, im});
    context->saved_data["max"] = max_log_magnitude;
    return torch::cat({re, Part(im, 3, 1, im.size(3) - 2)}, 3);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &log = saved[0], &re = saved[1], &im = saved[2];
    const int64_t bins = re.size(3);
    const auto of_re = Part(gradients[0], 3, 0, bins),
               of_im = Part(gradients[0], 3, bins, bins - 2);
    const auto inner = [&](const torch::Tensor& x) { return Part(x, 3, 1, bins - 2); };
    auto of_log = re * of_re, of_phase = im * of_re;
    inner(of_log).addcmul_(inner(im), of_im);
    inner(of_phase).addcmul_(inner(re), of_im, -1);
    of_log = at::hardtanh_backward(of_log, log, -std::numeric_limits<double>::infinity(),
                                   context->saved_data["max"].toDouble());
    return {torch::stack({of_log, of_phase.neg_()}, 3), torch::Tensor()};
  }
};

// Rows [B, T, 2, window] and the basis [window, window] that they are coefficients of -> [B, 2,
// hop·T], hop half of the window: the second half of the frame before, plus the first half of this
// one.
class SoundFunction : public torch::autograd::Function<SoundFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& rows,
                               const torch::Tensor& basis) {
    const int64_t batch = rows.size(0), count = rows.size(1), hop = basis.size(1) / 2;
    const auto frames = torch::mm(Rows(rows), basis).view({batch, count, 2, 2 * hop});
    const auto hops = torch::empty({batch, 2, count, hop}, rows.options());
    const auto by_frame = hops.transpose(1, 2);
    by_frame.copy_(Part(frames, 3, 0, hop));
    Part(by_frame, 1, 1, count - 1).add_(Part(Part(frames, 3, hop, hop), 1, 0, count - 1));
    context->save_for_backward({basis});
    return hops.view({batch, 2, count * hop});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto basis = context->get_saved_variables()[0];
    const auto& of_sound = gradients[0];
    const int64_t batch = of_sound.size(0), hop = basis.size(1) / 2, count = of_sound.size(2) / hop;
    const auto by_frame = of_sound.reshape({batch, 2, count, hop}).transpose(1, 2);
    const auto of_frames = torch::zeros({batch, count, 2, 2 * hop}, of_sound.options());
    Part(of_frames, 3, 0, hop).copy_(by_frame);
    Part(Part(of_frames, 3, hop, hop), 1, 0, count - 1).copy_(Part(by_frame, 1, 1, count - 1));
    const auto of_rows = torch::mm(Rows(of_frames), Transposed(basis));
    return {of_rows.view({batch, count, 2, basis.size(0)}), torch::Tensor()};
  }
};

}  // namespace

SynthesisImpl::SynthesisImpl(const ModelConfig& config)
    : mdct_(config.synthesis.type == "mdct"),
      window_(config.synthesis.window),
      hop_(config.synthesis.hop),
      max_log_magnitude_(config.synthesis.max_log_magnitude),
      basis_(register_buffer("basis", mdct_ ? MdctBasis(window_) : SynthesisBasis(window_))) {}

torch::Tensor SynthesisImpl::Spectrum(const torch::Tensor& y) const {
  const int64_t bins = window_ / 2 + 1;
  return PolarFunction::apply(y.view({y.size(0), y.size(1), 2, 2, bins}), max_log_magnitude_);
}

torch::Tensor SynthesisImpl::Mdct(const torch::Tensor& y) const {
  const auto companded = y.reshape({y.size(0), y.size(1), 2, hop_});
  const auto size = torch::expm1(torch::clamp_max(companded.abs(), max_log_magnitude_));
  return kMdctUnit * torch::sign(companded) * size;
}

torch::Tensor SynthesisImpl::Sound(const torch::Tensor& spectrum) const {
  return MidSide(SoundFunction::apply(spectrum, basis_));
}

torch::Tensor SynthesisImpl::forward(const torch::Tensor& y) {
  return Sound(mdct_ ? Mdct(y) : Spectrum(y));
}

}  // namespace motet::trainer
