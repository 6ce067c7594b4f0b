// The encoder's network: samples of mid and side to packets of codes.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "layers/analysis.h"
#include "layers/bands.h"
#include "layers/block.h"
#include "layers/delay.h"
#include "layers/feature_branch.h"
#include "layers/quantizer.h"
#include "layers/tones.h"

namespace motet::core {

class EncoderNetwork {
 public:
  // For packets of one quality; check builder.status() before using it.
  EncoderNetwork(Builder& builder, int quality);

  // Takes packets · packet samples of mid and of side, where `packets` is 1…max_packets of the
  // builder; writes as many packets.
  void Step(size_t packets, const float* mid, const float* side, uint8_t* bytes);

  void Reset() { layers_.Reset(); }
  Status status() const { return layers_.status(); }
  double multiply_adds_per_packet() const { return layers_.multiply_adds_per_packet(); }

 private:
  // Bottom-up: from fine to coarse.
  struct BottomUp {
    BottomUp(Builder& builder, Level level);
    std::unique_ptr<Linear> down;  // from the finer level; none for fine
    Blocks blocks;
    Buffer<float> h;
  };
  // Top-down: a level's codes, given those of the coarser ones.
  struct TopDown {
    TopDown(Builder& builder, Level level, size_t quantizers, bool feeds_finer);
    Delay delay;  // for the levels above with their lookahead
    FeatureBranch features;
    std::unique_ptr<Linear> context;  // from the coarser level; none for coarse
    Linear hidden;
    Linear output;
    Quantizer quantizer;
    Buffer<float> context_rows;
    Buffer<float> latent_inputs;
    Buffer<float> hidden_rows;
    Buffer<float> z;
    Buffer<float> known;  // latents that the finer level may rely on; empty if there is none
  };

  const float* Context(Level level, size_t frames);
  void CodeLevel(Level level, size_t frames);
  void WritePackets(size_t packets, uint8_t* bytes) const;

  const Kernels& kernels_ = BestKernels();
  const int quality_;
  const std::vector<LadderQuantizer> quantizers_;
  const size_t packet_bytes_;
  const size_t latent_;
  Analysis analysis_;
  Linear embed_;
  Buffer<float> spectrum_;
  std::array<std::unique_ptr<BottomUp>, kLevels> bottom_up_;
  std::array<std::unique_ptr<TopDown>, kLevels> top_down_;  // null where the quality has no codes
  std::unique_ptr<TonePicker> tones_;                       // null where packets have none
  size_t tones_offset_ = 0;                                 // of them in a packet
  std::unique_ptr<BandMeter> bands_;  // null where packets have no levels of bands
  size_t bands_offset_ = 0;
  LayerList layers_;
};

}  // namespace motet::core
