// Random numbers that are a function of a counter, not of what was drawn before.
#pragma once

#include <cstdint>

namespace motet::data {

// The output function of SplitMix64 (Steele, Lea, Flood 2014): a good mixer of counters, and,
// unlike the standard library's distributions, the same everywhere.
constexpr std::uint64_t MixBits(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Uniform in [0, 1).
constexpr double UniformOf(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

// Random numbers that are a function of seed, number and purpose alone, on every platform: item n
// of a run is the same whichever thread, process or resumed run draws it, and what is drawn for
// one purpose does not depend on how much another one drew.
class CounterRandom {
 public:
  CounterRandom(std::uint64_t seed, std::uint64_t number, std::uint64_t purpose)
      : state_(MixBits(MixBits(MixBits(seed) ^ purpose) ^ MixBits(number))) {}

  std::uint64_t Bits() { return state_ = MixBits(state_); }
  // In [low, high).
  double Uniform(double low, double high) { return low + (high - low) * UniformOf(Bits()); }
  bool Chance(double probability) { return UniformOf(Bits()) < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace motet::data
