#include "losses/music_features.h"

#include <cmath>

namespace motet::trainer {
namespace {

constexpr int64_t kHop = 512, kShort = 1024, kLong = 4096;
constexpr double kSilence = 1e-6;

// |STFT| [B, frames, bins] of frames centred at `first + 512·u`.
torch::Tensor CentredMagnitudes(const torch::Tensor& x, int64_t window, int64_t first,
                                int64_t frames) {
  const int64_t left = window / 2 - first;
  const int64_t right = std::max<int64_t>(0, (frames - 1) * kHop + window - left - x.size(1));
  const auto pieces =
      torch::constant_pad_nd(x, {left, right}).unfold(1, window, kHop).narrow(1, 0, frames);
  const auto taper = torch::hann_window(window, x.options());
  return torch::fft_rfft(pieces * taper).abs() / (static_cast<double>(window) / 4);
}

torch::Tensor PitchClasses(double sample_rate) {
  auto fold = torch::zeros({kLong / 2 + 1, 12});
  for (int64_t k = 1; k <= kLong / 2; ++k) {
    const double f = sample_rate * static_cast<double>(k) / static_cast<double>(kLong);
    if (f < 130 || f > 4200) continue;
    const auto note = std::lround(69 + 12 * std::log2(f / 440));
    fold[k][note % 12] = 1;
  }
  return fold;
}

// Hertz -> 0..1, logarithmic from 50 Hz to the Nyquist frequency.
torch::Tensor LogScale(const torch::Tensor& hertz, double nyquist) {
  return torch::clamp(torch::log2(torch::clamp_min(hertz, 50) / 50) / std::log2(nyquist / 50), 0,
                      1);
}

}  // namespace

torch::Tensor MusicFeatures(const torch::Tensor& x, const ModelConfig& config) {
  torch::NoGradGuard no_grad;
  const double nyquist = static_cast<double>(config.sample_rate) / 2;
  int64_t lookahead = 0;
  for (int level = 0; level < kLevels; ++level) {
    lookahead +=
        config.packet / kFramesPerPacket[level] * config.encoder.levels[level].total_lookahead();
  }
  const int64_t frames = x.size(2) / kHop, first = config.analysis.hop / 2 - lookahead;
  const auto mono = x.mean(1);

  const auto power = CentredMagnitudes(mono, kLong, first, frames).square();
  const auto chroma = torch::matmul(power, PitchClasses(2 * nyquist).to(x.device())).sqrt();
  const auto loudest = std::get<0>(chroma.max(-1, true));
  const auto scaled_chroma = chroma / torch::clamp_min(loudest, kSilence);

  const auto magnitude = CentredMagnitudes(mono, kShort, first, frames);
  const auto level = torch::log1p(100 * magnitude);
  const auto before = torch::constant_pad_nd(level, {0, 0, 1, 0}).narrow(1, 0, frames);
  const auto onset = torch::clamp_max(torch::relu(level - before).mean(-1, true), 1);

  const auto hertz = torch::linspace(0, nyquist, magnitude.size(-1), x.options());
  const auto total = magnitude.sum(-1, true);
  const auto share = magnitude / torch::clamp_min(total, kSilence);
  const auto centroid = (share * hertz).sum(-1, true);
  const auto spread = (share * (hertz - centroid).square()).sum(-1, true).sqrt();
  const auto floor = magnitude.square() + 1e-12;
  const auto flatness = floor.log().mean(-1, true).exp() / floor.mean(-1, true);
  const auto beyond = (share.cumsum(-1) < 0.85).to(x.dtype()).sum(-1, true);
  const auto rolloff = beyond * (nyquist / static_cast<double>(magnitude.size(-1) - 1));
  const auto timbre =
      torch::cat({LogScale(centroid, nyquist), torch::clamp_max(spread / (nyquist / 2), 1),
                  torch::clamp(flatness, 0, 1), LogScale(rolloff, nyquist)},
                 -1);
  const auto sounding = (total > kSilence * static_cast<double>(magnitude.size(-1))).to(x.dtype());
  return torch::cat({scaled_chroma, onset, timbre}, -1) * sounding;
}

}  // namespace motet::trainer
