// From head rows to the stereo waveform.
#pragma once

#include "model/config.h"
#include "model/delay.h"
#include "model/linear.h"

namespace motet::trainer {

class SynthesisImpl : public torch::nn::Module {
 public:
  explicit SynthesisImpl(const ModelConfig& config);
  // y [B, T, 1028], log-magnitudes and phases of mid, then of side -> [B, 2, 256·T] left/right, one
  // hop late. With "mdct", y is [B, T, 512], and v in it stands for the coefficient
  // sign(v)·(exp|v| − 1)/100.
  torch::Tensor forward(const torch::Tensor& y);
  // Its two halves, not with "mdct": y -> [B, T, 2, 512], rows of mid and side as of Analysis
  // before companding -> [B, 2, 256·T].
  torch::Tensor Spectrum(const torch::Tensor& y) const;
  torch::Tensor Sound(const torch::Tensor& spectrum) const;

 private:
  torch::Tensor Mdct(const torch::Tensor& y) const;  // coefficients [B, T, 2, 256]

  bool mdct_;
  int64_t window_, hop_;
  double max_log_magnitude_;
  torch::Tensor basis_;
};
TORCH_MODULE(Synthesis);

}  // namespace motet::trainer
