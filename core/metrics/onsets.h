// Where notes and strokes begin: the spectral flux of a filtered, compressed spectrum, as Boeck,
// Krebs and Schedl describe it ("Evaluating the online capabilities of onset detection methods",
// ISMIR 2012).
//
// Frames of 1024 samples (periodic Hann, normalized by its sum), hop 256, centred on samples 0, 256
// ..., give 40 Slaney mel bands (weights normalized to a sum of 1; magnitudes of all channels, root
// of the sum of squares) and the pattern log10(1 + 10^4 m). The flux of frame t is the mean over
// bands of what the pattern rose by since frame t - 2. An onset is where the flux is the largest
// within 30 ms on both sides, at least 0.05 above its mean from 100 ms before to 70 ms after, and
// 30 ms after the onset before. Its place is then refined to 64 samples: where, within 1024
// samples, the energy of the next 256 samples is the most above that of the last 256.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace motet::metrics {

inline constexpr size_t kOnsetHop = 256;    // samples from frame to frame
inline constexpr size_t kEnergyBlock = 64;  // samples

// Of one signal: the flux of each frame, and the energy of each block of kEnergyBlock samples.
// Gives the onsets in blocks, ascending.
std::vector<size_t> FindOnsets(std::span<const float> flux, std::span<const float> energy);

// The sum of `count` blocks from `begin` on, of which those outside the signal are 0.
double EnergyOf(std::span<const float> energy, ptrdiff_t begin, ptrdiff_t count);

}  // namespace motet::metrics
