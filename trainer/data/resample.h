// Sample-rate conversion.
#pragma once

#include <vector>

namespace motet::data {

// Resamples interleaved audio (frames x channels) with libsoxr's high-quality recipe. The result
// has round(frames * to_rate / from_rate) frames; equal rates return the input as it is.
// Throws std::runtime_error with libsoxr's reason.
std::vector<float> Resample(std::vector<float> samples, int channels, int from_rate, int to_rate);

}  // namespace motet::data
