// From stereo waveform to companded mid/side spectrum rows.
#pragma once

#include "model/config.h"
#include "model/linear.h"

namespace motet::trainer {

// The fixed bases of docs/ARCHITECTURE.md: rows of 512 values Re[0..256], Im[1..255].
torch::Tensor AnalysisBasis(int64_t window);   // [512 values, 512 samples]
torch::Tensor SynthesisBasis(int64_t window);  // [512 values, 512 samples]

// The MDCT with a sine window (Princen, Johnson & Bradley 1987), orthonormal, so that it is its own
// inverse by overlap-add: [window/2 coefficients, window samples],
// w[n] √(4/window) cos(2π/window · (n + 1/2 + window/4)(k + 1/2)).
torch::Tensor MdctBasis(int64_t window, torch::Dtype dtype = torch::kFloat32);

// [B, 2, n] left/right <-> mid/side.
torch::Tensor MidSide(const torch::Tensor& x);

// x [B, C, hop·T], such as mid and side -> [B, T, C, window]: rows of each, not companded.
torch::Tensor SpectrumOf(const torch::Tensor& x, int64_t window, int64_t hop);

class AnalysisImpl : public torch::nn::Module {
 public:
  explicit AnalysisImpl(const ModelConfig& config);
  // x [B, 2, 256·T] left/right -> [B, T, 1024]: companded rows of mid, then of side.
  torch::Tensor forward(const torch::Tensor& x);

 private:
  int64_t window_, hop_;
  double power_, epsilon_;
  torch::Tensor basis_;
};
TORCH_MODULE(Analysis);

}  // namespace motet::trainer
