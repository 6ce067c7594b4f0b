#include "model/tones.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "model/delay.h"
#include "model_config/tone_choice.h"

namespace motet::trainer {
namespace {

using namespace tone_choice;

constexpr double kNever = -std::numeric_limits<double>::infinity();

torch::Tensor Hann(int64_t window) {
  const auto n = torch::arange(window, torch::kFloat64);
  return (0.5 - 0.5 * torch::cos(2 * M_PI / static_cast<double>(window) * n)).to(torch::kFloat32);
}

// The largest of each line and its two neighbours, [B, P, lines].
torch::Tensor LargestNearby(const torch::Tensor& x) { return torch::max_pool1d(x, 3, 1, 1); }

}  // namespace

TonesImpl::TonesImpl(const ModelConfig& config)
    : config_(config.tones.value()),
      packet_(config.packet),
      window_(2 * config.packet),
      offset_(config.delay() - window_),
      basis_(register_buffer("basis", Hann(window_))) {}

TonesImpl::Scores TonesImpl::Judge(const torch::Tensor& x) const {
  const int64_t packets = x.size(2) / packet_;
  // One window more than packets, the last of which ends with the last packet; silence before the
  // beginning.
  const auto frames = torch::constant_pad_nd(x.mean(1), {window_, 0}).unfold(1, window_, packet_);
  // The bins that decide about the lines: their neighbours, and the surroundings of all of these.
  const int64_t margin = 1 + kSurroundings;
  const int64_t first_bin = std::max<int64_t>(0, config_.first - margin);
  const int64_t end_bin = std::min(window_ / 2 + 1, config_.first + config_.lines + margin);
  const auto spectrum = torch::fft::rfft(frames * basis_).narrow(2, first_bin, end_bin - first_bin);
  const auto db = 20 * torch::log10(spectrum.abs() * (4 / static_cast<double>(window_)) + kSilence);
  const auto above =
      db - torch::avg_pool1d(db, 2 * kSurroundings + 1, 1, kSurroundings, /*ceil_mode=*/false,
                             /*count_include_pad=*/false);
  const auto at_lines = [&](const torch::Tensor& t) {
    return t.narrow(2, config_.first - first_bin, config_.lines);
  };
  const auto level = at_lines(db), stands = at_lines(above);
  const auto loud = level > TonesConfig::kFloorDb;
  const auto peak = at_lines(above == LargestNearby(above)) & (stands > kBegins) & loud;

  const auto here = [&](const torch::Tensor& t) { return t.narrow(1, 0, packets); };
  const auto next = LargestNearby(peak.narrow(1, 1, packets).to(torch::kFloat32));
  // A tone lasts for two packets at least: it was there before, or is there afterwards.
  const auto begins = here(peak) & (next > 0);
  const auto may_go_on = here((stands > kGoesOn) & loud);
  // Of equals the lower line is kept: the differences added are smaller than any others of floats.
  const auto k = torch::arange(config_.lines, x.options().dtype(torch::kFloat64));
  const auto score = (here(stands) + kBonusLasts * next).to(torch::kFloat64) - 1e-9 * k;
  const auto l = torch::round((here(level) - TonesConfig::kFloorDb) / config_.step_db);
  return {torch::where(begins, score, kNever),
          torch::where(begins | may_go_on, score + kBonusGoesOn, kNever),
          torch::clamp(l, 0, TonesConfig::kLevels - 1).to(torch::kInt64)};
}

torch::Tensor TonesImpl::Pick(const torch::Tensor& x) const {
  torch::NoGradGuard no_grad;
  const Scores scores = Judge(x);
  const int64_t packets = scores.level.size(1);
  const auto begins = scores.begins.flatten(0, 1), goes_on = scores.goes_on.flatten(0, 1);
  auto kept = torch::zeros_like(scores.level, torch::kBool);
  const auto kept_rows = kept.flatten(0, 1);  // the same memory
  // Each round takes for the packet before what the round before kept there: so only packets whose
  // packet before changed can change.
  auto rows = torch::arange(begins.size(0), scores.level.options());
  for (int64_t round = 0; round < TonesConfig::kRounds && rows.size(0) > 0; ++round) {
    const auto of = [&](const torch::Tensor& t) { return t.index_select(0, rows); };
    const auto before = of(Delay(kept, 1).flatten(0, 1));
    const auto [score, line] = torch::where(before, of(goes_on), of(begins)).topk(config_.count, 1);
    const auto now = torch::zeros_like(before).scatter_(1, line, score > kNever);
    const auto after = rows.masked_select(now.ne(of(kept_rows)).any(1)) + 1;
    kept_rows.index_copy_(0, rows, now);
    rows = after.masked_select(after.remainder(packets) != 0);  // of the same item
  }
  return torch::where(kept, scores.level, kNone);
}

torch::Tensor TonesImpl::Sound(const torch::Tensor& levels) const {
  torch::NoGradGuard no_grad;
  const int64_t batch = levels.size(0), packets = levels.size(1);
  // Phases of lines in whole samples of the window; half a turn more in each packet for odd lines.
  std::vector<int64_t> phases;
  for (int64_t k = config_.first; k < config_.first + config_.lines; ++k)
    phases.push_back(TonesConfig::Phase(k, window_));
  const auto k = torch::arange(config_.first, config_.first + config_.lines, levels.options());
  const auto p = torch::arange(packets, levels.options()).unsqueeze(1);
  const auto samples =
      torch::remainder(torch::tensor(phases, levels.options()) + k * p * packet_, window_);
  const auto phase = 2 * M_PI / static_cast<double>(window_) * samples.to(torch::kFloat64);
  const auto db = TonesConfig::kFloorDb + config_.step_db * levels.to(torch::kFloat32);
  const auto amplitude = torch::where(levels == kNone, 0.0, torch::pow(10.0, db / 20));
  const auto part = [&](const torch::Tensor& of_phase) {
    return torch::constant_pad_nd(amplitude * of_phase.to(torch::kFloat32),
                                  {config_.first, window_ / 2 + 1 - config_.first - config_.lines});
  };
  const auto spectrum = torch::complex(part(torch::cos(phase)), part(torch::sin(phase)));
  const auto pieces =
      torch::fft::irfft(spectrum, window_) * (basis_ * (static_cast<double>(window_) / 2));
  const auto hops = Delay(pieces.narrow(2, packet_, packet_), 1) + pieces.narrow(2, 0, packet_);
  const auto sound = torch::constant_pad_nd(hops.reshape({batch, packets * packet_}), {offset_, 0});
  return sound.narrow(1, 0, packets * packet_).unsqueeze(1).expand({batch, 2, packets * packet_});
}

torch::Tensor TonesImpl::Rows(const torch::Tensor& levels) const {
  return torch::where(levels == kNone, 0.0,
                      (6 + config_.step_db * levels.to(torch::kFloat32)) / 20);
}

torch::Tensor TonesImpl::Bytes(const torch::Tensor& levels) const {
  torch::NoGradGuard no_grad;
  const auto is_tone = levels != kNone;
  // The highest of these numbers are the lowest lines.
  const auto number = config_.lines - torch::arange(config_.lines, levels.options());
  const auto [found, line] = torch::where(is_tone, number, 0).topk(config_.count, 2);
  const auto there = found > 0;
  const auto pairs = torch::stack(
      {torch::where(there, line + 1, 0), torch::where(there, levels.gather(2, line), 0)}, 3);
  return pairs.flatten(2).to(torch::kUInt8);
}

torch::Tensor TonesImpl::Levels(const torch::Tensor& bytes) const {
  torch::NoGradGuard no_grad;
  const auto values = bytes.to(torch::kInt64);
  // A line more, behind the others, for pairs that are ignored.
  auto levels =
      torch::full({bytes.size(0), bytes.size(1), config_.lines + 1}, kNone, values.options());
  for (int64_t i = 0; i < config_.count; ++i) {
    const auto line = values.narrow(2, 2 * i, 1) - 1;
    const auto level = values.narrow(2, 2 * i + 1, 1).clamp_max(TonesConfig::kLevels - 1);
    levels.scatter_(2, torch::where((line >= 0) & (line < config_.lines), line, config_.lines),
                    level);
  }
  return levels.narrow(2, 0, config_.lines);
}

}  // namespace motet::trainer
