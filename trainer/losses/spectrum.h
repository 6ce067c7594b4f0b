// Short-time spectra shared by the losses and the metrics.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace motet::trainer {

// |STFT| of x [N, samples] with a Hann window (periodic), centred with reflection: [N, bins,
// frames].
torch::Tensor Magnitudes(const torch::Tensor& x, int64_t window, int64_t hop);

// Slaney's mel filters with unit area: [mels, window/2 + 1]. Formula of Malcolm Slaney's Auditory
// Toolbox (1998).
torch::Tensor MelFilters(double sample_rate, int64_t window, int64_t mels);

// One resolution of the mel distance: window 32…2048 with 5…320 mels, hop a quarter of the window.
struct MelScale {
  int64_t window, mels;
};
// The seven scales of the Descript Audio Codec's training loss (Kumar et al. 2023, "High-Fidelity
// Audio Compression with Improved RVQGAN").
const std::vector<MelScale>& MelScales();

// Mean |log10 mel x − log10 mel y| at one scale, mel values floored at 1e-5. x, y [N, samples].
class MelDistance {
 public:
  explicit MelDistance(double sample_rate);
  torch::Tensor AtScale(const torch::Tensor& x, const torch::Tensor& y, size_t scale) const;
  // Sum over all scales.
  torch::Tensor All(const torch::Tensor& x, const torch::Tensor& y) const;
  void To(torch::Device device);

 private:
  std::vector<torch::Tensor> filters_;  // per scale, transposed: [bins, mels]
};

}  // namespace motet::trainer
