// Music features of a signal: what the conditioning head learns to predict from the codes.
#pragma once

#include <torch/torch.h>

#include "model/config.h"

namespace motet::trainer {

// x [B, 2, 1024·P] left/right -> [B, 2P, 17] in 0..1, one row per mid frame, aligned with the
// encoder's codes: row u describes the sound around sample 512·u + 128 − (encoder lookahead).
//   0..11  chroma C … B: power of 130 Hz … 4.2 kHz folded to pitch classes (Fujishima 1999), square
//   root, largest = 1 12     onset strength: mean positive difference of log(1 + 100·|X|) between
//   frames (Bello et al. 2005), at most 1 13     spectral centroid, 14 spread, 15 flatness, 16
//   roll-off (85 %) of the magnitude spectrum (Peeters 2004);
//          centroid and roll-off on a logarithmic scale from 50 Hz to 22.05 kHz, spread in units
//          of 11.025 kHz
// Silence gives zeros.
torch::Tensor MusicFeatures(const torch::Tensor& x, const ModelConfig& config);

}  // namespace motet::trainer
