// Synthetic attacks, for augmentation.
#pragma once

#include "data/counter_random.h"
#include "data/stereo_effects.h"

namespace motet::data {

// Adds one to four short attacks at random places: clicks of one to three frames, bursts of noise
// and damped sinusoids of 80 Hz to 8 kHz, both of which fall by 60 dB within 10 to 300 ms. Peaks
// are 0 to 18 dB below full scale (1), panned anywhere by the constant-power law.
void AddTransients(Stereo& audio, int sample_rate, CounterRandom& random);

}  // namespace motet::data
