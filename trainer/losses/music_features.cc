#include "losses/music_features.h"

#include <cmath>
#include <string>

#include "model/constants.h"
#include "model/lean.h"

namespace motet::trainer {
namespace {

constexpr int64_t kHop = 512, kShort = 1024;
constexpr double kRollOff = 0.85;
constexpr int kContrastBands = 7;
constexpr double kContrastFloor = 1e-5;

// |STFT| [B, frames, bins] of frames centred at `first + 512·u` of the mean of two channels, whose
// sum x is.
torch::Tensor CentredMagnitudes(const torch::Tensor& x, int64_t window, int64_t first,
                                int64_t frames) {
  const int64_t left = window / 2 - first;
  const int64_t right = std::max<int64_t>(0, (frames - 1) * kHop + window - left - x.size(1));
  const auto pieces =
      torch::constant_pad_nd(x, {left, right}).unfold(1, window, kHop).narrow(1, 0, frames);
  const auto taper = Constant("taper of features " + std::to_string(window), x, [&] {
    return torch::hann_window(window, torch::kFloat64) * (2 / static_cast<double>(window));
  });
  return Absolute(torch::fft_rfft(pieces * taper));
}

// [bins, 12], one where a bin belongs to a pitch class.
torch::Tensor PitchClasses(double sample_rate) {
  auto fold = torch::zeros({kChromaWindow / 2 + 1, 12});
  auto at = fold.accessor<float, 2>();
  for (int64_t k = 1; k <= kChromaWindow / 2; ++k) {
    const double f = sample_rate * static_cast<double>(k) / static_cast<double>(kChromaWindow);
    if (f < 130 || f > 4200) continue;
    const auto note = std::lround(69 + 12 * std::log2(f / 440));
    at[k][note % 12] = 1;
  }
  return fold;
}

// Hertz -> 0..1, logarithmic from 50 Hz to the Nyquist frequency.
torch::Tensor LogScale(const torch::Tensor& hertz, double nyquist) {
  const auto height = Plus(torch::log(torch::clamp_min(hertz, 50)), -std::log(50));
  return torch::clamp(Scaled(height, 1 / std::log(nyquist / 50)), 0, 1);
}

// [..., values] -> [..., 1].
torch::Tensor MeanOfLast(const torch::Tensor& x) {
  return Scaled(x.sum(-1, true), 1 / static_cast<double>(x.size(-1)));
}

}  // namespace

torch::Tensor PitchClassEnergy(const torch::Tensor& power, double sample_rate) {
  const auto classes = Constant("pitch classes " + std::to_string(sample_rate), power,
                                [&] { return PitchClasses(sample_rate); });
  return torch::matmul(power, classes);
}

torch::Tensor OnsetStrength(const torch::Tensor& magnitude) {
  const auto level = torch::log1p(Scaled(magnitude, 100));
  const auto rise =
      level.narrow(-2, 1, level.size(-2) - 1) - level.narrow(-2, 0, level.size(-2) - 1);
  return torch::constant_pad_nd(MeanOfLast(torch::relu(rise)).squeeze(-1), {1, 0});
}

torch::Tensor SpectralShape(const torch::Tensor& magnitude, double sample_rate, double softness) {
  const double nyquist = sample_rate / 2;
  const int64_t bins = magnitude.size(-1);
  const auto hertz = Constant(
      "hertz " + std::to_string(nyquist) + " " + std::to_string(bins), magnitude,
      [&] { return torch::linspace(0, nyquist, bins, torch::dtype(magnitude.scalar_type())); });
  const auto total = magnitude.sum(-1, true);
  const auto share = magnitude / torch::clamp_min(total, kSilence);
  const auto centroid = (share * hertz).sum(-1, true);
  const auto away = hertz - centroid;
  // One hertz more than nothing: the gradient of the root stays finite.
  const auto spread = Plus((share * away * away).sum(-1, true), 1).sqrt();
  const auto floored = Plus(magnitude * magnitude, 1e-12);
  const auto flatness = MeanOfLast(floored.log()).exp() / MeanOfLast(floored);
  const auto missing = Plus(share.cumsum(-1).neg(), kRollOff);
  const auto below = softness > 0 ? torch::sigmoid(missing / softness)
                                  : Cast(Above(missing, 0), magnitude.scalar_type());
  const auto rolloff = Scaled(below.sum(-1, true), nyquist / static_cast<double>(bins - 1));
  return torch::cat({LogScale(centroid, nyquist), torch::clamp_max(Scaled(spread, 2 / nyquist), 1),
                     torch::clamp(flatness, 0, 1), LogScale(rolloff, nyquist)},
                    -1);
}

torch::Tensor SpectralContrast(const torch::Tensor& magnitude, double sample_rate) {
  const int64_t bins = magnitude.size(-1);
  const double bins_per_hertz = 2 * static_cast<double>(bins - 1) / sample_rate;
  std::vector<torch::Tensor> bands;
  int64_t first = 0;
  for (int band = 0; band < kContrastBands; ++band) {
    const auto edge = std::llround(200 * std::exp2(band) * bins_per_hertz);
    const int64_t last = band + 1 == kContrastBands ? bins : std::min<int64_t>(bins, edge);
    const int64_t fifth = std::max<int64_t>(1, (last - first) / 5);
    const auto sorted = std::get<0>(magnitude.narrow(-1, first, last - first).sort(-1));
    const auto level = [&](int64_t from) {
      return torch::log10(
          torch::clamp_min(sorted.narrow(-1, from, fifth).mean(-1), kContrastFloor));
    };
    bands.push_back(level(last - first - fifth) - level(0));
    first = last;
  }
  return torch::stack(bands, -1);
}

torch::Tensor MusicFeatures(const torch::Tensor& x, const ModelConfig& config) {
  torch::NoGradGuard no_grad;
  const auto rate = static_cast<double>(config.sample_rate);
  int64_t lookahead = 0;
  for (int level = 0; level < kLevels; ++level) {
    lookahead +=
        config.packet / kFramesPerPacket[level] * config.encoder.levels[level].total_lookahead();
  }
  const int64_t frames = x.size(2) / kHop, first = config.analysis.hop / 2 - lookahead;
  const auto both = x.select(1, 0) + x.select(1, 1);

  const auto fine = CentredMagnitudes(both, kChromaWindow, first, frames);
  const auto chroma = PitchClassEnergy(fine * fine, rate).sqrt();
  const auto loudest = chroma.amax(-1, true);
  const auto scaled_chroma = chroma / torch::clamp_min(loudest, kSilence);

  const auto magnitude = CentredMagnitudes(both, kShort, first, frames);
  // Before the first frame there was silence.
  const auto onset =
      torch::clamp_max(
          OnsetStrength(torch::constant_pad_nd(magnitude, {0, 0, 1, 0})).narrow(-1, 1, frames), 1)
          .unsqueeze(-1);
  const auto sounding =
      Cast(Above(magnitude.sum(-1, true), kSilence * static_cast<double>(magnitude.size(-1))),
           x.scalar_type());
  return torch::cat({scaled_chroma, onset, SpectralShape(magnitude, rate, 0)}, -1) * sounding;
}

}  // namespace motet::trainer
