// How high the spectrum of a recording goes.
#pragma once

#include <vector>

namespace motet::data {

// Width of the bands in which the long-term spectrum is measured, in Hz.
inline constexpr double kBandWidthHz = 500.0;

// Average power per 500 Hz band over the whole recording, both channels together, in dB relative
// to the strongest band (which is 0); -200 where there is nothing. Hann windows of 2048 samples
// without overlap: their side lobes lie far below what is measured here.
// `stereo`: interleaved samples (frames x 2).
std::vector<double> LongTermSpectrumDb(const std::vector<float>& stereo, int sample_rate);

// How far up, in Hz, a recording holds music, from its long-term spectrum: the upper edge of the
// highest band that is above -90 dB *and* below any brick wall.
//
// A share of the energy (say 99.9 %) would not do: music falls by 50 to 80 dB from the bass to
// 16 kHz, so that bass decides it. A level alone would not do either: encoders cut at 11, 16 or
// 19 kHz, and what lies above (quantization noise, leakage of the resampler) may still exceed the
// level in a quiet recording. A brick wall is where all bands from 1 kHz further up on are at
// least 30 dB weaker than the band before; music itself never falls that fast and for good.
// Walls below 3 kHz are taken for what they are: bass-only recordings.
double BandwidthHz(const std::vector<double>& spectrum_db);

}  // namespace motet::data
