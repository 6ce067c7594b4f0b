// Tones: the spectral peaks of each packet, carried beside the codes and heard as lines of fixed
// phase (docs/ARCHITECTURE.md, "Tones").
#pragma once

#include "model/config.h"

namespace motet::trainer {

// `levels` below are int64 [B, P, lines]: the level l in 0…31 of the tone in each line of a packet,
// kNone where there is none.
class TonesImpl : public torch::nn::Module {
 public:
  static constexpr int64_t kNone = -1;

  explicit TonesImpl(const ModelConfig& config);
  // x [B, 2, 1024·P] left/right -> levels of the tones of their mean, at most `count` in a packet.
  // Those of packet p describe the two packets before it; those of a prefix of packets are the
  // prefix of those of the whole.
  torch::Tensor Pick(const torch::Tensor& x) const;
  // levels -> [B, 2, 1024·P]: the same sound left and right, later than the one that they describe
  // by ModelConfig::delay().
  torch::Tensor Sound(const torch::Tensor& levels) const;
  // levels -> [B, P, lines] for a network: 0 where there is none, at most about 5.
  torch::Tensor Rows(const torch::Tensor& levels) const;

  // levels of at most `count` tones in a packet -> [B, P, TonesConfig::bytes()] uint8, as in a
  // packet.
  torch::Tensor Bytes(const torch::Tensor& levels) const;
  // The inverse, for any bytes: a pair that names no line is ignored, a level above 31 is taken for
  // 31, and of two pairs of one line the later counts.
  torch::Tensor Levels(const torch::Tensor& bytes) const;

 private:
  // What each line of each packet has to say in the choice, [B, P, lines].
  struct Scores {
    torch::Tensor
        begins;  // of a line that was not kept in the packet before, -inf if it may not be
    torch::Tensor goes_on;  // of one that was
    torch::Tensor level;    // int64, in 0…31
  };
  Scores Judge(const torch::Tensor& x) const;

  TonesConfig config_;
  int64_t packet_, window_;          // samples
  int64_t offset_;                   // samples from the beginning of a packet to that of its tones
  torch::Tensor basis_;              // [window]
  torch::Tensor order_;              // [lines] float64: of equals the lower line is kept
  torch::Tensor phases_;             // [2, lines] complex: of the lines in even and in odd packets
  torch::Tensor amplitudes_, rows_;  // [1 + levels], of none and of each level
};
TORCH_MODULE(Tones);

}  // namespace motet::trainer
