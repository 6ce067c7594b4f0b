#include "model/tones.h"

#include <cmath>
#include <vector>

#include "model/delay.h"

namespace motet::trainer {
namespace {

constexpr double kFloor = -66;         // dB of full scale: quieter peaks are no tones
constexpr double kStandsOut = 6;       // dB above its surroundings, for a tone to begin
constexpr double kStillThere = 3;      // dB, for it to go on
constexpr double kLasting = 6;         // dB by which a tone that goes on is preferred to a new one
constexpr int64_t kSurroundings = 15;  // lines

torch::Tensor Hann(int64_t window) {
  const auto n = torch::arange(window, torch::kFloat64);
  return (0.5 - 0.5 * torch::cos(2 * M_PI / static_cast<double>(window) * n)).to(torch::kFloat32);
}

// The largest of each line and its two neighbours, [..., lines].
torch::Tensor LargestNearby(const torch::Tensor& x) {
  return torch::max_pool1d(x.dim() == 2 ? x.unsqueeze(1) : x, 3, 1, 1).reshape(x.sizes());
}

}  // namespace

TonesImpl::TonesImpl(const ModelConfig& config)
    : packet_(config.packet),
      window_(2 * config.packet),
      first_(config.tones->first),
      lines_(config.tones->lines),
      count_(config.tones->count),
      step_(config.tones->step_db),
      offset_(config.delay() - window_),
      basis_(register_buffer("basis", Hann(window_))) {}

torch::Tensor TonesImpl::Pick(const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  const int64_t packets = x.size(2) / packet_;
  // A packet of silence before the beginning, and one after the end to look ahead on.
  const auto mean = torch::constant_pad_nd(x.mean(1), {window_, packet_});
  const auto frames = mean.unfold(1, window_, packet_).narrow(1, 0, packets + 1);
  const auto spectrum = torch::view_as_real(torch::fft::rfft(frames * basis_));
  const auto amplitude = spectrum.square().sum(-1).sqrt() * (4 / static_cast<double>(window_));
  const auto db = 20 * torch::log10(amplitude + 1e-7);
  const auto above =
      db - torch::avg_pool1d(db, kSurroundings, 1, kSurroundings / 2, /*ceil_mode=*/false,
                             /*count_include_pad=*/false);
  const auto at_lines = [&](const torch::Tensor& t) { return t.narrow(2, first_, lines_); };
  const auto level = at_lines(db), stands = at_lines(above);
  const auto loud = level > kFloor;
  const auto peak = at_lines(above == LargestNearby(above)) & (stands > kStandsOut) & loud;

  auto on = torch::zeros({x.size(0), lines_}, x.options());
  std::vector<torch::Tensor> kept;
  for (int64_t p = 0; p < packets; ++p) {
    // A tone lasts for two packets at least: it was there before, or is there afterwards.
    const auto next = LargestNearby(peak.select(1, p + 1).to(x.scalar_type()));
    const auto begins = peak.select(1, p) & (next > 0);
    const auto goes_on = (on > 0) & (stands.select(1, p) > kStillThere) & loud.select(1, p);
    const auto candidate = begins | goes_on;
    const auto score = stands.select(1, p) + kLasting * on + kLasting / 2 * next;
    const auto best =
        std::get<1>(torch::where(candidate, score, torch::full_like(score, kNone)).topk(count_, 1));
    on = torch::zeros_like(on).scatter_(1, best, 1.0) * candidate.to(x.scalar_type());
    kept.push_back(on);
  }
  const auto steps = torch::round(level.narrow(1, 0, packets) / step_) * step_;
  return torch::where(torch::stack(kept, 1) > 0, steps, torch::full_like(steps, kNone));
}

torch::Tensor TonesImpl::Sound(const torch::Tensor& levels) {
  torch::NoGradGuard no_grad;
  const int64_t batch = levels.size(0), packets = levels.size(1);
  const auto wide = levels.options().dtype(torch::kFloat64);
  const auto k = torch::arange(first_, first_ + lines_, wide);
  const auto p = torch::arange(packets, wide).unsqueeze(1);
  // Phases that have nothing to do with each other, then half a turn in each packet for odd lines.
  // In whole samples of the window, so that a table of cosines has them all.
  const double golden = (std::sqrt(5.0) - 1) / 2, samples = static_cast<double>(window_);
  const auto begin = torch::floor(torch::remainder(k * k * golden, 1.0) * samples) / samples;
  const auto turns = begin + k * p / 2;
  const auto phase = 2 * M_PI * torch::remainder(turns, 1.0);
  const auto amplitude = torch::pow(10.0, levels / 20);
  const auto part = [&](const torch::Tensor& of_phase) {
    return torch::constant_pad_nd(amplitude * of_phase.to(levels.scalar_type()),
                                  {first_, window_ / 2 + 1 - first_ - lines_});
  };
  const auto spectrum = torch::complex(part(torch::cos(phase)), part(torch::sin(phase)));
  const auto pieces =
      torch::fft::irfft(spectrum, window_) * (basis_ * (static_cast<double>(window_) / 2));
  const auto hops = Delay(pieces.narrow(2, packet_, packet_), 1) + pieces.narrow(2, 0, packet_);
  const auto sound = torch::constant_pad_nd(hops.reshape({batch, packets * packet_}), {offset_, 0});
  return sound.narrow(1, 0, packets * packet_).unsqueeze(1).expand({batch, 2, packets * packet_});
}

torch::Tensor TonesImpl::Rows(const torch::Tensor& levels) const {
  return torch::clamp_min((levels - kFloor + 6) / 20, 0);
}

}  // namespace motet::trainer
