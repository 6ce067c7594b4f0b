#include "losses/music_losses.h"

#include "distributed/ranks.h"
#include "losses/music_features.h"

namespace motet::trainer {
namespace {

constexpr int64_t kRhythmWindow = 1024, kTimbreWindow = 2048;
constexpr double kEnergyFloor = 1e-8;
constexpr double kRollOffSoftness = 0.02;

// The pair as [N, frames, bins], a full-scale sine at magnitude 1.
SpectrumPair::Pair FramesOf(SpectrumPair& spectra, int64_t window) {
  const auto& pair = spectra.At(window);
  const double scale = 4 / static_cast<double>(window);
  return {pair.original.transpose(1, 2) * scale, pair.decoded.transpose(1, 2) * scale};
}

// [N, frames, 1]: 1 where the original sounds.
torch::Tensor Sounding(const torch::Tensor& original) {
  return (original.mean(-1, true) > kSilence).to(original.scalar_type());
}

// Mean of |b − a| [N, frames, values] over the frames that count.
torch::Tensor MeanDifference(const torch::Tensor& b, const torch::Tensor& a,
                             const torch::Tensor& counted) {
  return ((b - a).abs() * counted).sum() /
         (torch::clamp_min(MeanOverRanks(counted.sum()), 1) * static_cast<double>(a.size(-1)));
}

}  // namespace

torch::Tensor HarmonicLoss(SpectrumPair& spectra, double sample_rate) {
  const auto frames = FramesOf(spectra, kChromaWindow);
  const auto energy = [&](const torch::Tensor& magnitude) {
    return torch::clamp_min(PitchClassEnergy(magnitude.square(), sample_rate), kEnergyFloor);
  };
  const auto chroma = [](const torch::Tensor& energies) {
    const auto root = energies.sqrt();
    return root / std::get<0>(root.max(-1, true));
  };
  const auto counted = Sounding(frames.original);
  const auto a = energy(frames.original), b = energy(frames.decoded);
  return MeanDifference(chroma(b), chroma(a), counted) +
         MeanDifference(torch::log10(b), torch::log10(a), counted);
}

torch::Tensor Autocorrelation(const torch::Tensor& envelope) {
  const int64_t frames = envelope.size(-1);
  const auto centred = envelope - envelope.mean(-1, true);
  // Twice the length, or the end would wrap around to the beginning (Wiener–Khinchin).
  const auto power = torch::view_as_real(torch::fft_rfft(centred, 2 * frames)).square().sum(-1);
  const auto lags = torch::fft_irfft(torch::complex(power, torch::zeros_like(power)), 2 * frames);
  const auto energy = torch::clamp_min(lags.narrow(-1, 0, 1), 1e-9);
  return lags.narrow(-1, 0, frames / 2) / energy;
}

torch::Tensor RhythmicLoss(SpectrumPair& spectra) {
  const auto frames = FramesOf(spectra, kRhythmWindow);
  const auto a = OnsetStrength(frames.original), b = OnsetStrength(frames.decoded);
  return torch::l1_loss(b, a) / (MeanOverRanks(a.mean()) + 1e-3) +
         torch::l1_loss(Autocorrelation(b), Autocorrelation(a));
}

torch::Tensor TimbralLoss(SpectrumPair& spectra, double sample_rate) {
  const auto frames = FramesOf(spectra, kTimbreWindow);
  const auto counted = Sounding(frames.original);
  const auto shape = [&](const torch::Tensor& magnitude) {
    return SpectralShape(magnitude, sample_rate, kRollOffSoftness);
  };
  const auto contrast = [&](const torch::Tensor& magnitude) {
    return SpectralContrast(magnitude, sample_rate);
  };
  return 0.8 * MeanDifference(shape(frames.decoded), shape(frames.original), counted) +
         0.2 * MeanDifference(contrast(frames.decoded), contrast(frames.original), counted);
}

}  // namespace motet::trainer
