// Tests the search for the nearest codebook entry against a plain one, in every instruction set:
// random vectors, ties, numbers that are none. The residual arithmetic is tested in
// network_test.cc.
#include "layers/quantizer.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace motet::core {
namespace {

constexpr size_t kEntries = 256;

uint8_t PlainNearest(const float* e, const std::vector<float>& codebook, size_t dim) {
  float least = std::numeric_limits<float>::infinity();
  size_t best = 0;
  for (size_t j = 0; j < kEntries; ++j) {
    float distance = 0;
    for (size_t k = 0; k < dim; ++k) {
      const float d = e[k] - codebook[j * dim + k];
      distance += d * d;
    }
    if (distance < least) {
      least = distance;
      best = j;
    }
  }
  return static_cast<uint8_t>(best);
}

// Expects the search of `frames` vectors, by every set of kernels, to find what the plain one does.
void ExpectNearest(const std::vector<float>& e, const std::vector<float>& codebook, size_t dim) {
  const size_t frames = e.size() / dim;
  std::vector<float> transposed(codebook.size());
  for (size_t j = 0; j < kEntries; ++j) {
    for (size_t k = 0; k < dim; ++k) transposed[k * kEntries + j] = codebook[j * dim + k];
  }
  const Kernels* sets[kKernelSets];
  const size_t count = AllKernels(sets);
  for (size_t s = 0; s < count; ++s) {
    std::vector<uint8_t> codes(frames);
    sets[s]->nearest(e.data(), transposed.data(), frames, dim, codes.data());
    for (size_t t = 0; t < frames; ++t) {
      ASSERT_EQ(codes[t], PlainNearest(e.data() + t * dim, codebook, dim))
          << sets[s]->name << ", vector " << t << " of " << frames << " in dimension " << dim;
    }
  }
}

std::vector<float> Random(size_t count, std::mt19937* random, int steps) {
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(static_cast<int>((*random)() % static_cast<unsigned>(steps))) /
                static_cast<float>(steps) * 4 -
            2;
  }
  return values;
}

TEST(NearestCode, IsTheOneOfThePlainSearch) {
  std::mt19937 random(1);
  for (const size_t dim : {1, 5, 8, 13}) {
    const std::vector<float> codebook = Random(kEntries * dim, &random, 1 << 20);
    for (const size_t frames : {1, 2, 3, 4, 5, 64, 1001}) {
      ExpectNearest(Random(frames * dim, &random, 1 << 20), codebook, dim);
    }
  }
}

TEST(NearestCode, IsTheLowestOfEqualOnes) {
  // Few values: many entries are the same, and many distances equal.
  std::mt19937 random(2);
  const std::vector<float> codebook = Random(kEntries * 2, &random, 4);
  ExpectNearest(Random(500 * 2, &random, 8), codebook, 2);
  ExpectNearest(std::vector<float>(7 * 8), std::vector<float>(kEntries * 8, 1.0f), 8);
}

TEST(NearestCode, OfNoNumberIsTheFirst) {
  std::mt19937 random(3);
  const std::vector<float> codebook = Random(kEntries * 8, &random, 1 << 20);
  ExpectNearest(std::vector<float>(5 * 8, std::numeric_limits<float>::quiet_NaN()), codebook, 8);
  ExpectNearest(std::vector<float>(5 * 8, std::numeric_limits<float>::infinity()), codebook, 8);
}

}  // namespace
}  // namespace motet::core
