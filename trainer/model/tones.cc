#include "model/tones.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <tuple>
#include <vector>

#include "model/delay.h"
#include "model/lean.h"
#include "model_config/tone_choice.h"

namespace motet::trainer {
namespace {

using namespace tone_choice;

constexpr double kTiny = 1e-30;  // instead of 0, as a divisor
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
      basis_(register_buffer("basis", Hann(window_))) {
  // Constants, none of which belongs to the state of a model.
  const auto constant = [&](const char* name, const torch::Tensor& value) {
    return register_module(name, std::make_shared<torch::nn::Module>())
        ->register_buffer("basis", value);
  };
  // Of the sum of two channels, so that a full-scale sine in both has magnitude 1.
  taper_ = constant("taper", basis_ * (2 / static_cast<double>(window_)));
  pieces_ = constant("pieces", basis_ * (static_cast<double>(window_) / 2));
  const auto line = torch::arange(config_.lines, torch::kFloat64);
  order_ = constant("order", kBonusLow - kBonusLow / static_cast<double>(config_.lines) * line);
  // Phases of lines in whole samples of the window; half a turn more in each packet for odd lines.
  std::vector<int64_t> samples;
  for (int64_t packet = 0; packet < 2; ++packet) {
    for (int64_t k = config_.first; k < config_.first + config_.lines; ++k)
      samples.push_back((TonesConfig::Phase(k, window_) + k * packet * packet_) % window_);
  }
  const auto phase = 2 * M_PI / static_cast<double>(window_) *
                     torch::tensor(samples).to(torch::kFloat64).view({2, config_.lines});
  phases_ = constant("phases", torch::complex(torch::cos(phase).to(torch::kFloat32),
                                              torch::sin(phase).to(torch::kFloat32)));
  std::vector<double> re = {0}, im = {0}, rows = {0}, sides = {0};
  for (int64_t place = 0; place < config_.places(); ++place) {
    const double turn = 2 * M_PI * static_cast<double>(place % config_.phases) /
                        static_cast<double>(config_.phases);
    for (int64_t level = 0; level < TonesConfig::kLevels; ++level) {
      const double amplitude = std::pow(10.0, config_.level_db(level) / 20);
      re.push_back(amplitude * std::cos(turn));
      im.push_back(amplitude * std::sin(turn));
      rows.push_back((6 + config_.step_db * static_cast<double>(level)) / 20);
      sides.push_back(config_.side(place / config_.phases));
    }
  }
  const auto floats = [](const std::vector<double>& values) {
    return torch::tensor(values, torch::kFloat64).to(torch::kFloat32);
  };
  amplitudes_ = constant("amplitudes", torch::complex(floats(re), floats(im)));
  rows_ = constant("rows", floats(rows));
  sides_ = constant("sides", floats(sides));
  side_amplitudes_ = constant("side_amplitudes", amplitudes_ * sides_);
}

TonesImpl::Scores TonesImpl::Judge(const torch::Tensor& x) const {
  const int64_t packets = x.size(2) / packet_;
  // The bins that decide about the lines: their neighbours, and the surroundings of all of these.
  const int64_t margin = 1 + kSurroundings;
  const int64_t first_bin = std::max<int64_t>(0, config_.first - margin);
  const int64_t end_bin = std::min(window_ / 2 + 1, config_.first + config_.lines + margin);
  // One window more than packets, the last of which ends with the last packet; silence before the
  // beginning.
  const auto spectrum_of = [&](const torch::Tensor& signal) {
    const auto frames = torch::constant_pad_nd(signal, {window_, 0}).unfold(1, window_, packet_);
    return Part(torch::fft::rfft(frames * taper_), 2, first_bin, end_bin - first_bin);
  };
  const auto left = x.select(1, 0), right = x.select(1, 1);
  const auto spectrum = spectrum_of(left + right), magnitudes = Absolute(spectrum);
  const auto db = Scaled(torch::log10(Plus(magnitudes, tone_choice::kSilence)), 20);
  const auto above =
      db - torch::avg_pool1d(db, 2 * kSurroundings + 1, 1, kSurroundings, /*ceil_mode=*/false,
                             /*count_include_pad=*/false);
  const auto at_lines = [&](const torch::Tensor& t) {
    return Part(t, 2, config_.first - first_bin, config_.lines);
  };
  const auto level = at_lines(db), stands = at_lines(above);
  const auto loud = Above(level, TonesConfig::kFloorDb);
  const auto peak = at_lines(above == LargestNearby(above)) & Above(stands, kBegins) & loud;

  const auto here = [&](const torch::Tensor& t) { return Part(t, 1, 0, packets); };
  const auto next = LargestNearby(Cast(Part(peak, 1, 1, packets), torch::kFloat32));
  // A tone lasts for two packets at least: it was there before, or is there afterwards.
  const auto begins = here(peak) & Above(next, 0);
  const auto may_go_on = here(Above(stands, kGoesOn) & loud);
  const auto below_loudest = level.amax(2, /*keepdim=*/true) - level;
  const auto score =
      torch::add(here(torch::sub(stands, below_loudest, kQuieter)), next, kBonusLasts) + order_;
  const auto l = torch::round((here(level) - TonesConfig::kFloorDb) / config_.step_db);
  auto tone = Cast(torch::clamp(l, 0, TonesConfig::kLevels - 1), torch::kInt64);
  if (config_.places() > 1) {
    const auto side =
        config_.pans == 1 ? torch::Tensor() : here(at_lines(spectrum_of(left - right)));
    tone.add_(PlacesOf(here(at_lines(spectrum)), here(at_lines(magnitudes)), side),
              TonesConfig::kLevels);
  }
  const auto if_enough = [](const torch::Tensor& may, const torch::Tensor& value) {
    return torch::where(may & (value >= kLeast), value, kNever);
  };
  return {if_enough(begins, score), if_enough(begins | may_go_on, score + kBonusGoesOn), tone};
}

torch::Tensor TonesImpl::PlacesOf(const torch::Tensor& mean, const torch::Tensor& magnitudes,
                                  const torch::Tensor& side) const {
  const auto parts = torch::view_as_real(mean);
  const auto angle = torch::atan2(parts.select(3, 1), parts.select(3, 0));
  const auto turns = Scaled(angle, static_cast<double>(config_.phases) / (2 * M_PI)).round_();
  auto place = torch::remainder(Cast(turns, torch::kInt64), config_.phases);
  if (config_.pans == 1) return place;
  const auto along = (torch::view_as_real(side) * parts).sum(3);
  const auto balance = along / (magnitudes * magnitudes).clamp_min_(kTiny);
  const int64_t middle = config_.pans / 2;
  const auto pan = Plus(Scaled(balance.clamp(-1, 1), static_cast<double>(middle)).round_(),
                        static_cast<double>(middle));
  return place.add_(Cast(pan, torch::kInt64), config_.phases);
}

torch::Tensor TonesImpl::Pick(const torch::Tensor& x) const {
  torch::NoGradGuard no_grad;
  const Scores scores = Judge(x);
  const int64_t batch = scores.tone.size(0), packets = scores.tone.size(1), count = config_.count;
  // What a packet keeps is among the lines that it may begin best, and those that the packet before
  // kept: a line that is both goes on, which is worth more than to begin.
  const auto [begin_score, begin_line] = scores.begins.topk(count, 2);
  // Lines kept in each packet, `lines` for none; one packet more, in front, has none.
  const auto kept = torch::full({batch, 1 + packets, count}, config_.lines, scores.tone.options());
  const auto now = kept.narrow(1, 1, packets), before = kept.narrow(1, 0, packets);
  now.copy_(torch::where(begin_score > kNever, begin_line, config_.lines));
  const auto goes_on = torch::constant_pad_nd(scores.goes_on, {0, 1}, kNever);
  // Candidates: those of this packet, then those of the packet before.
  const auto line = torch::cat({begin_line, begin_line}, 2);
  const auto score = torch::cat({begin_score, begin_score}, 2);
  auto from_before = line.narrow(2, count, count), begins = score.narrow(2, 0, count),
       continues = score.narrow(2, count, count);
  const auto all_begins = torch::constant_pad_nd(scores.begins, {0, 1}, kNever);
  // Each round takes for the packet before what the round before kept there; the first one knew of
  // nothing. Nothing here depends on values that the host would have to wait for.
  for (int64_t round = 1; round < TonesConfig::kRounds; ++round) {
    from_before.copy_(before);
    torch::gather_out(continues, goes_on, 2, from_before);
    torch::gather_out(begins, all_begins.scatter(2, from_before, kNever), 2, begin_line);
    const auto [best, at] = score.topk(count, 2, /*largest=*/true, /*sorted=*/false);
    now.copy_(line.gather(2, at).masked_fill_(best.eq(kNever), config_.lines));
  }
  const auto tones = torch::full({batch, packets, config_.lines + 1}, kNone, scores.tone.options());
  // Where no line is kept, the one behind the others is written.
  const auto padded = torch::constant_pad_nd(scores.tone, {0, 1});
  tones.scatter_(2, now, padded.gather(2, now));
  return tones.narrow(2, 0, config_.lines);
}

torch::Tensor TonesImpl::Sound(const torch::Tensor& tones, int64_t early) const {
  torch::NoGradGuard no_grad;
  const int64_t batch = tones.size(0), packets = tones.size(1);
  // Half of the sum of left and right and, with pans, half of their difference: [B, 1 or 2, P,
  // lines].
  const auto index = tones + 1;
  auto parts = config_.pans == 1
                   ? amplitudes_.take(index).unsqueeze(1)
                   : torch::stack({amplitudes_.take(index), side_amplitudes_.take(index)}, 1);
  if (config_.phases == 1)
    parts = parts * phases_.repeat({(packets + 1) / 2, 1}).narrow(0, 0, packets);
  const int64_t kinds = parts.size(1);
  const auto spectrum =
      torch::constant_pad_nd(parts.reshape({batch * kinds, packets, config_.lines}),
                             {config_.first, window_ / 2 + 1 - config_.first - config_.lines});
  const auto pieces = torch::fft::irfft(spectrum, window_).mul_(pieces_);
  const auto hops = Delay(Part(pieces, 2, packet_, packet_), 1) + Part(pieces, 2, 0, packet_);
  const auto sound =
      torch::constant_pad_nd(hops.reshape({batch, kinds, packets * packet_}), {offset_ - early, 0})
          .narrow(2, 0, packets * packet_);
  if (kinds == 1) return sound.expand({batch, 2, packets * packet_});
  const auto both = sound.select(1, 0), side = sound.select(1, 1);
  return torch::stack({both + side, both - side}, 1);
}

torch::Tensor TonesImpl::Rows(const torch::Tensor& tones) const {
  const auto index = tones + 1;
  const auto rows = rows_.take(index);
  return config_.pans == 1 ? rows : torch::cat({rows, rows * sides_.take(index)}, 2);
}

torch::Tensor TonesImpl::Bytes(const torch::Tensor& tones) const {
  torch::NoGradGuard no_grad;
  const auto is_tone = tones != kNone;
  // The highest of these numbers are the lowest lines.
  const auto number = config_.lines - torch::arange(config_.lines, tones.options());
  const auto [found, line] = torch::where(is_tone, number, 0).topk(config_.count, 2);
  const auto there = found > 0;
  const auto tone = tones.gather(2, line);
  std::vector<torch::Tensor> bytes = {line + 1, torch::remainder(tone, TonesConfig::kLevels)};
  if (config_.bytes_each() == 3) bytes.push_back(torch::floor_divide(tone, TonesConfig::kLevels));
  return torch::where(there.unsqueeze(3), torch::stack(bytes, 3), 0).flatten(2).to(torch::kUInt8);
}

torch::Tensor TonesImpl::Read(const torch::Tensor& bytes) const {
  torch::NoGradGuard no_grad;
  const auto values = bytes.to(torch::kInt64);
  // A line more, behind the others, for those that are ignored.
  auto tones =
      torch::full({bytes.size(0), bytes.size(1), config_.lines + 1}, kNone, values.options());
  const int64_t each = config_.bytes_each();
  for (int64_t i = 0; i < config_.count; ++i) {
    const auto line = values.narrow(2, each * i, 1) - 1;
    auto tone = values.narrow(2, each * i + 1, 1).clamp_max(TonesConfig::kLevels - 1);
    if (each == 3) {
      tone = tone + TonesConfig::kLevels *
                        values.narrow(2, each * i + 2, 1).clamp_max(config_.places() - 1);
    }
    tones.scatter_(2, torch::where((line >= 0) & (line < config_.lines), line, config_.lines),
                   tone);
  }
  return tones.narrow(2, 0, config_.lines);
}

}  // namespace motet::trainer
