// Tones: the spectral peaks of each packet, carried beside the codes and heard as lines of fixed
// phase. An experiment of the trainer: docs/ARCHITECTURE.md, "Tones".
#pragma once

#include "model/config.h"

namespace motet::trainer {

class TonesImpl : public torch::nn::Module {
 public:
  explicit TonesImpl(const ModelConfig& config);
  // x [B, 2, 1024·P] left/right -> levels [B, P, lines] of the peaks of their mean, in dB of full
  // scale in whole steps; kNone where there is none, and at most `count` others in a packet. The
  // tones of packet p describe the window around its beginning one packet earlier; those of a
  // prefix of packets but for the last are the prefix of those of the whole.
  torch::Tensor Pick(const torch::Tensor& x);
  // levels [B, P, lines] -> [B, 2, 1024·P]: the same sound left and right, later by
  // ModelConfig::delay().
  torch::Tensor Sound(const torch::Tensor& levels);
  // levels [B, P, lines] -> [B, P, lines] for a network: 0 where there is none, at most about 4.
  torch::Tensor Rows(const torch::Tensor& levels) const;

  static constexpr double kNone = -1000;

 private:
  int64_t packet_, window_, first_, lines_, count_;
  double step_;
  int64_t offset_;  // samples from the beginning of a packet to that of its window in the sound
  torch::Tensor basis_;  // the window, [2 packets]
};
TORCH_MODULE(Tones);

}  // namespace motet::trainer
