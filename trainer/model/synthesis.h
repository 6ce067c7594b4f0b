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
  // sign(v)·(exp|v| − 1)/100. gains [B, T, 257], unless undefined, are multiplied with the
  // magnitudes of mid.
  torch::Tensor forward(const torch::Tensor& y, const torch::Tensor& gains);

 private:
  // Windows of samples before overlap-add: [B, T, 2, 512].
  torch::Tensor InverseStft(const torch::Tensor& y, const torch::Tensor& gains) const;
  torch::Tensor InverseMdct(const torch::Tensor& y) const;

  bool mdct_;
  int64_t window_, hop_;
  double max_log_magnitude_;
  torch::Tensor basis_;
};
TORCH_MODULE(Synthesis);

}  // namespace motet::trainer
