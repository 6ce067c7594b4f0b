// What a sound looks like.
#pragma once

#include <span>

#include "logging/image.h"

namespace motet::logging {

struct SpectrogramOptions {
  int window = 2048, hop = 512;  // samples
  int height = 256;              // pixels, evenly spaced in log frequency
  double lowest_hz = 40, highest_hz = 20000;
  double floor_db = -100, ceiling_db = -10;  // of a full-scale sine, black and white
};

// One column per hop, low frequencies at the bottom. A row shows the strongest bin of its band, so
// that a pure tone is as bright at any pitch. `samples`: one channel, full scale 1. A sound shorter
// than a window is filled up with silence.
RgbImage Spectrogram(std::span<const float> samples, int sample_rate,
                     const SpectrogramOptions& options = {});

}  // namespace motet::logging
