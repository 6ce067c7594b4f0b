// Music features compared between an original and the decoded signal: pitch classes, onsets and
// timbre. All are scalars, means over frames and signals of absolute differences, zero for
// identical signals; frames in which the original is silent do not count for chroma and timbre.
#pragma once

#include <torch/torch.h>

#include "losses/spectrum.h"

namespace motet::trainer {

// Mean difference of chroma (square root of the pitch classes' energy, largest = 1) plus mean
// difference in decades of the pitch classes' energy: harmonic energy.
torch::Tensor HarmonicLoss(SpectrumPair& spectra, double sample_rate);

// Mean difference of the onset-strength envelopes (hop 256) over the mean of the original's, plus
// mean difference of their autocorrelations (1 at lag zero, lags up to half the envelope): beat and
// metre.
torch::Tensor RhythmicLoss(SpectrumPair& spectra);

// Mean difference of centroid, spread, flatness and soft roll-off (each 0…1) and of the spectral
// contrast (decades), the five counted alike.
torch::Tensor TimbralLoss(SpectrumPair& spectra, double sample_rate);

// envelope [N, frames] -> [N, frames/2], lags 0, 1, … of the envelope without its mean, over the
// value at lag 0.
torch::Tensor Autocorrelation(const torch::Tensor& envelope);

}  // namespace motet::trainer
