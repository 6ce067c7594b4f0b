// The order in which the codes of a page are entropy-coded, and what is known by then:
// docs/FORMAT.md, "Entropy coding", as data. No LibTorch here, so the exporter needs none.
#pragma once

#include <cstdint>
#include <vector>

#include "model/config.h"

namespace motet::trainer {

// A code of context that is not there: before the page, or one that the quality lacks.
inline constexpr int64_t kAbsentCode = 256;
// No context reaches further back than this many packets.
inline constexpr int64_t kContextPackets = 4;
// Packets of a page that `motet encode` writes.
inline constexpr int64_t kPagePackets = 128;

// One of the codes that a quantizer's network sees, in whichever frame.
struct ContextCode {
  int64_t quantizer = 0;  // of ModelConfig::quantizers(): whose code it is
  // For each frame of a packet of the quantizer that is coded: the frame of this code, counted at
  // the rate of its own quantizer from the beginning of the same packet. Below 0 are packets
  // before.
  std::vector<int64_t> frames;
};

// A quantizer and the context of its codes.
struct CodedQuantizer : LadderQuantizer {
  std::vector<ContextCode> context;
};

// All quantizers. A packet's codes are coded stage after stage; in a stage level after level; in a
// level frame after frame; in a frame quantizer after quantizer.
std::vector<CodedQuantizer> CodedQuantizers(const ModelConfig& config);

}  // namespace motet::trainer
