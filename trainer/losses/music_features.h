// Music features of a signal: what the conditioning head learns to predict from the codes, and the
// measures that the music losses compare.
#pragma once

#include <torch/torch.h>

#include "model/config.h"

namespace motet::trainer {

// A frame whose magnitudes have a smaller mean is silent; a full-scale sine has magnitude 1.
inline constexpr double kSilence = 1e-6;

// x [B, 2, 1024·P] left/right -> [B, 2P, 17] in 0..1, one row per mid frame, aligned with the
// encoder's codes: row u describes the sound around sample 512·u + 128 − (encoder lookahead).
//   0..11  chroma C … B: square root of PitchClassEnergy, largest = 1
//   12     onset strength, at most 1
//   13     spectral centroid, 14 spread, 15 flatness, 16 roll-off (see SpectralShape)
// Silence gives zeros. No gradient.
torch::Tensor MusicFeatures(const torch::Tensor& x, const ModelConfig& config);

// Window of the spectra that pitch classes are read from: narrower bins than a semitone from
// 180 Hz on.
inline constexpr int64_t kChromaWindow = 4096;

// power [..., 2049] (window 4096) -> energy per pitch class C … B [..., 12]: bins of 130 Hz … 4.2
// kHz folded to the nearest semitone (Fujishima 1999).
torch::Tensor PitchClassEnergy(const torch::Tensor& power, double sample_rate);

// magnitude [..., frames, bins] -> [..., frames]: mean positive difference of log(1 + 100·|X|) to
// the frame before (Bello et al. 2005); zero at the first frame when nothing is before it.
torch::Tensor OnsetStrength(const torch::Tensor& magnitude);

// magnitude [..., bins] up to half the sample rate -> [..., 4] in 0..1: centroid, spread, flatness
// and roll-off (85 %) of the magnitude spectrum (Peeters 2004); centroid and roll-off on a
// logarithmic scale from 50 Hz to half the sample rate, spread in units of a quarter of the sample
// rate. Roll-off is a count of bins; with `softness` above zero a sigmoid of that width in the
// cumulated share takes the place of the step, so that a gradient flows.
torch::Tensor SpectralShape(const torch::Tensor& magnitude, double sample_rate, double softness);

// magnitude [..., bins] -> [..., 7] decades: per band (up to 200, 400, 800, 1600, 3200 and 6400
// Hz, and the rest) log10 of the mean of the strongest fifth of the bins over the mean of the
// weakest fifth (Jiang et al. 2002).
torch::Tensor SpectralContrast(const torch::Tensor& magnitude, double sample_rate);

}  // namespace motet::trainer
