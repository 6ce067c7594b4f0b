// Signals that the tests of the metrics compare, and how they are pushed through a metric.
#pragma once

#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace motet::metrics {

using Mono = std::vector<float>;

// All channels of a file of tests/data as their mean.
inline Mono ReadMid(const std::string& name) {
  SF_INFO facts = {};
  SNDFILE* file = sf_open((MOTET_TEST_DATA "/" + name).c_str(), SFM_READ, &facts);
  EXPECT_NE(file, nullptr) << name;
  if (file == nullptr) return {};
  const auto channels = static_cast<size_t>(facts.channels);
  std::vector<float> frames(static_cast<size_t>(facts.frames) * channels);
  sf_readf_float(file, frames.data(), facts.frames);
  sf_close(file);
  Mono mid(frames.size() / channels);
  for (size_t i = 0; i < mid.size(); ++i)
    mid[i] = (frames[i * channels] + frames[i * channels + channels - 1]) / 2;
  return mid;
}

// Of standard deviation 0.1.
inline Mono GaussianNoise(unsigned seed, size_t samples = 400000) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.1f);
  Mono noise(samples);
  for (float& sample : noise) sample = normal(random);
  return noise;
}

// What a metric of one channel says, as far as both signals go.
template <typename Metric>
auto CompareMono(const Mono& reference, const Mono& degraded, size_t block = 10000) {
  const size_t samples = std::min(reference.size(), degraded.size());
  Metric metric(1);
  for (size_t at = 0; at < samples; at += block) {
    const float* const x = reference.data() + at;
    const float* const y = degraded.data() + at;
    metric.Push(&x, &y, std::min(block, samples - at));
  }
  return metric.Finish();
}

}  // namespace motet::metrics
