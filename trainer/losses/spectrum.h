// Short-time spectra shared by the losses and the metrics.
#pragma once

#include <torch/torch.h>

#include <map>
#include <vector>

namespace motet::trainer {

// |STFT| of x [N, samples] with a Hann window (periodic), centred with reflection: [N, bins,
// frames]. Where a bin is exactly zero, so is its gradient. Throws std::invalid_argument unless the
// window is a multiple of the hop.
torch::Tensor Magnitudes(const torch::Tensor& x, int64_t window, int64_t hop);

// The magnitudes of an original and of what was decoded from it, hop a quarter of the window. Each
// window is transformed once, however many losses ask for it.
class SpectrumPair {
 public:
  struct Pair {
    torch::Tensor original, decoded;  // [N, bins, frames]; no gradient flows to the original
  };
  // original, decoded [N, samples].
  SpectrumPair(torch::Tensor original, torch::Tensor decoded);
  // `window` is a multiple of 4. Valid as long as this object.
  const Pair& At(int64_t window);

 private:
  torch::Tensor original_, decoded_;
  std::map<int64_t, Pair> pairs_;
};

// Slaney's mel filters with unit area: [mels, window/2 + 1]. Formula of Malcolm Slaney's Auditory
// Toolbox (1998).
torch::Tensor MelFilters(double sample_rate, int64_t window, int64_t mels);

// Amplitude gain of the A-weighting of IEC 61672-1 per bin, 1 at 1 kHz: [window/2 + 1].
torch::Tensor AWeighting(double sample_rate, int64_t window);

// One resolution of the mel distance: window 32…2048 with 5…320 mels, hop a quarter of the window.
struct MelScale {
  int64_t window, mels;
};
// The seven scales of the Descript Audio Codec's training loss (Kumar et al. 2023, "High-Fidelity
// Audio Compression with Improved RVQGAN").
const std::vector<MelScale>& MelScales();

// Mean |log10 mel x − log10 mel y| at one scale, mel values floored at 1e-5.
class MelDistance {
 public:
  explicit MelDistance(double sample_rate);
  // Scalar; `scale` is an index into MelScales().
  torch::Tensor AtScale(SpectrumPair& spectra, size_t scale) const;
  // Scalar: the sum over all scales.
  torch::Tensor All(SpectrumPair& spectra) const;
  // The same of x, y [N, samples].
  torch::Tensor All(const torch::Tensor& x, const torch::Tensor& y) const;
  void To(torch::Device device);

 private:
  std::vector<torch::Tensor> filters_;  // per scale, transposed: [bins, mels]
};

// Windows of the STFT distance.
const std::vector<int64_t>& StftWindows();  // 2048, 1024, 512, 256

// One window's STFT distance (Yamamoto et al. 2020, "Parallel WaveGAN", with a mean absolute error
// in place of the Frobenius norm).
struct StftDistance {
  torch::Tensor log;     // mean |log10 b − log10 a|, bins floored at 1e-5
  torch::Tensor linear;  // mean |b − a| over the mean of a
  // `weight` [bins] scales what each bin counts; undefined: all the same.
  static StftDistance Of(const SpectrumPair::Pair& pair, const torch::Tensor& weight);
};

// Mean |C(y) − C(x)| over mean |C(x)| of companded complex spectra C(z) = z·|z|^(−0.6), windows
// 2048 and 512, for x, y [N, samples]: phases count, and quiet bins more than by their energy, as
// in Braun & Tashev 2021 ("A consolidated view of loss functions for supervised deep learning-based
// speech enhancement"). Bins 75 dB below full scale hardly count.
torch::Tensor CompandedDistance(const torch::Tensor& x, const torch::Tensor& y);

// Mean |difference| of the fine structure of two log spectra, windows of 2048, up to 9 kHz: log10
// of the magnitudes less its mean over 15 bins, so that tones have to be in their places, and level
// and tilt do not count. Magnitudes are floored at 75 dB below a sine of full scale.
torch::Tensor DetailDistance(SpectrumPair& spectra, double sample_rate);

// Mean |difference| in bels of the energies of octaves, windows of 512 averaged over 16 frames (hop
// 128, every eighth). With distances of logarithms alone a decoder becomes too quiet where the
// level is uncertain, since the median of an uncertain level lies below its mean. Energies are
// floored at 75 dB below a sine of full scale.
torch::Tensor LevelDistance(SpectrumPair& spectra);

// Mel-frequency cepstral coefficients (Davis & Mermelstein 1980): the orthonormal DCT-II of the
// log10 of 80 mel values (window 2048, floor 1e-5), coefficients 1…20, so that level (coefficient
// 0) is left out and timbre stays.
class CepstralDistance {
 public:
  static constexpr int64_t kWindow = 2048, kMels = 80, kCoefficients = 20;
  explicit CepstralDistance(double sample_rate);
  // [N, bins, frames] -> [N, frames, 20].
  torch::Tensor Coefficients(const torch::Tensor& magnitudes) const;
  // Mean |difference| of the coefficients.
  torch::Tensor Of(SpectrumPair& spectra) const;
  void To(torch::Device device);

 private:
  torch::Tensor filters_, transform_;  // [bins, mels], [mels, coefficients]
};

}  // namespace motet::trainer
