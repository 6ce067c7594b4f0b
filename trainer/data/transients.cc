#include "data/transients.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace motet::data {
namespace {

// One attack of peak 1 or less, from its first frame on.
std::vector<float> Attack(int sample_rate, CounterRandom& random) {
  const double kind = random.Uniform(0, 3);
  if (kind < 1) {  // a click: the same sign throughout
    const double sign = random.Chance(0.5) ? 1 : -1;
    return std::vector<float>(static_cast<std::size_t>(random.Uniform(1, 4)),
                              static_cast<float>(sign));
  }
  const double seconds = 0.01 * std::pow(30.0, random.Uniform(0, 1));
  const double hz = 80 * std::pow(100.0, random.Uniform(0, 1));
  const double phase = random.Uniform(0, 2 * M_PI);
  std::vector<float> attack(static_cast<std::size_t>(seconds * sample_rate));
  for (std::size_t i = 0; i < attack.size(); ++i) {
    const auto time = static_cast<double>(i) / sample_rate;
    const double wave = kind < 2 ? random.Uniform(-1, 1) : std::sin(2 * M_PI * hz * time + phase);
    attack[i] = static_cast<float>(std::pow(10.0, -3 * time / seconds) * wave);
  }
  return attack;
}

}  // namespace

void AddTransients(Stereo& audio, int sample_rate, CounterRandom& random) {
  const auto frames = static_cast<std::size_t>(audio.frames());
  const auto count = static_cast<int>(random.Uniform(1, 5));
  for (int i = 0; i < count; ++i) {
    const double peak = AmplitudeOf(-random.Uniform(0, 18));
    const double angle = random.Uniform(0, M_PI / 2);
    const auto start = static_cast<std::size_t>(random.Uniform(0, static_cast<double>(frames)));
    const auto attack = Attack(sample_rate, random);
    const auto left = static_cast<float>(peak * std::cos(angle));
    const auto right = static_cast<float>(peak * std::sin(angle));
    const std::size_t end = std::min(frames, start + attack.size());
    for (std::size_t at = start; at < end; ++at) {
      audio.left[at] += left * attack[at - start];
      audio.right[at] += right * attack[at - start];
    }
  }
}

}  // namespace motet::data
