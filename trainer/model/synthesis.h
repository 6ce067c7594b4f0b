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
  // hop late.
  torch::Tensor forward(const torch::Tensor& y);

 private:
  int64_t window_, hop_;
  double max_log_magnitude_;
  torch::Tensor basis_;
};
TORCH_MODULE(Synthesis);

}  // namespace motet::trainer
