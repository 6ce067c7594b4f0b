// Tones: the spectral peaks of each packet, carried beside the codes and heard as lines of fixed
// phase (docs/ARCHITECTURE.md, "Tones").
#pragma once

#include "model/config.h"

namespace motet::trainer {

// `tones` below are int64 [B, P, lines]: `32 · place + level` of the tone in each line of a packet
// (motet::Tone), kNone where there is none.
class TonesImpl : public torch::nn::Module {
 public:
  static constexpr int64_t kNone = -1;

  explicit TonesImpl(const ModelConfig& config);
  // x [B, 2, 1024·P] left/right -> the tones of their mean, at most `count` in a packet.
  // Those of packet p describe the two packets before it; those of a prefix of packets are the
  // prefix of those of the whole.
  torch::Tensor Pick(const torch::Tensor& x) const;
  // tones -> [B, 2, 1024·P]: their sound, left and right, later than the one that they describe by
  // ModelConfig::delay() less `early` samples.
  torch::Tensor Sound(const torch::Tensor& tones, int64_t early) const;
  // tones -> [B, P, TonesConfig::row()] for a network: of each line 0 where there is none,
  // otherwise at most about 5; with pans, the same again times TonesConfig::side().
  torch::Tensor Rows(const torch::Tensor& tones) const;

  // At most `count` tones in a packet -> [B, P, TonesConfig::bytes()] uint8, as in a packet.
  torch::Tensor Bytes(const torch::Tensor& tones) const;
  // The inverse, for any bytes: what names no line is ignored, a level or a place above the highest
  // is taken for the highest, and of two tones of one line the later counts.
  torch::Tensor Read(const torch::Tensor& bytes) const;

 private:
  // What each line of each packet has to say in the choice, [B, P, lines].
  struct Scores {
    torch::Tensor
        begins;  // of a line that was not kept in the packet before, -inf if it may not be
    torch::Tensor goes_on;  // of one that was
    torch::Tensor tone;     // int64, if it is kept
  };
  Scores Judge(const torch::Tensor& x) const;
  // Spectra [B, P, lines] of L+R, their magnitudes and, with pans, spectra of L-R -> places.
  torch::Tensor PlacesOf(const torch::Tensor& mean, const torch::Tensor& magnitudes,
                         const torch::Tensor& side) const;

  TonesConfig config_;
  int64_t packet_, window_;       // samples
  int64_t offset_;                // samples from the beginning of a packet to that of its tones
  torch::Tensor basis_;           // [window]
  torch::Tensor taper_, pieces_;  // [window], the same scaled for analysis and for synthesis
  torch::Tensor order_;           // [lines] float64, dB: by how much lower lines are preferred
  torch::Tensor
      phases_;  // [2, lines] complex: of the lines in even and in odd packets, if they are not said
  // [1 + levels · places]: of no tone, and of each.
  torch::Tensor amplitudes_;       // complex, of their sum in left and right, halved
  torch::Tensor rows_;             // as the decoder is told
  torch::Tensor sides_;            // TonesConfig::side()
  torch::Tensor side_amplitudes_;  // amplitudes_ times sides_
};
TORCH_MODULE(Tones);

}  // namespace motet::trainer
