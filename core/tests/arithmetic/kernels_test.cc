// Tests that every instruction set's kernels give the portable ones' bits, whatever the length, the
// place in memory and the number of frames at once; and that clean-up of samples does what the API
// says. What the kernels compute is tested in layers_test.cc and network_test.cc.
#include "arithmetic/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <vector>

namespace motet::core {
namespace {

using Floats = std::vector<float>;

Floats Random(size_t count, uint32_t seed, float scale) {
  std::mt19937 random(seed);
  Floats values(count);
  for (float& value : values) {
    value = scale * (static_cast<float>(random()) / 2147483648.0f - 1.0f);
  }
  return values;
}

bool SameBits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Runs `run` with each set of kernels and expects one result.
void ExpectAgreement(const char* what, const std::function<Floats(const Kernels&)>& run) {
  const Kernels* sets[kKernelSets];
  const size_t count = AllKernels(sets);
  const Floats wanted = run(*sets[0]);
  for (size_t i = 1; i < count; ++i) {
    EXPECT_TRUE(SameBits(run(*sets[i]), wanted)) << what << " with " << sets[i]->name;
  }
}

constexpr size_t kLengths[] = {1, 3, 15, 16, 17, 31, 33, 64, 129};

TEST(Kernels, AgreeOnElementwiseFunctions) {
  for (const size_t n : kLengths) {
    const Floats x = Random(n, 1, 30), y = Random(n, 2, 3);
    ExpectAgreement("gelu", [&](const Kernels& k) {
      Floats r = x;
      k.gelu(r.data(), n);
      return r;
    });
    ExpectAgreement("sigmoid", [&](const Kernels& k) {
      Floats r = x;
      k.sigmoid(r.data(), n);
      return r;
    });
    ExpectAgreement("add, add scaled and subtract", [&](const Kernels& k) {
      Floats r = x;
      k.add_scaled(y.data(), 0.3f, r.data(), n);
      k.add(r.data(), y.data(), r.data(), n);
      k.subtract(r.data(), x.data(), r.data(), n);
      return r;
    });
    ExpectAgreement("dequantize", [&](const Kernels& k) {
      std::vector<int8_t> q(n);
      for (size_t i = 0; i < n; ++i) q[i] = static_cast<int8_t>(37 * i);
      Floats r(n);
      k.dequantize(q.data(), 0.37f, r.data(), n);
      return r;
    });
    ExpectAgreement("decibels", [&](const Kernels& k) {
      Floats r(n);
      for (size_t i = 0; i < n; ++i) r[i] = std::abs(x[i]) + 1e-7f;
      k.decibels(r.data(), n);
      return r;
    });
    ExpectAgreement("sinusoid", [&](const Kernels& k) {
      Floats mid = x, side = y;
      k.sinusoid(x.data(), 0.1f, 0.7f, y.data(), x.data(), 0.6f, 0.8f, 0, mid.data(), nullptr, n);
      k.sinusoid(x.data(), 0.1f, 0.7f, y.data(), x.data(), 0.6f, 0.8f, 0.5f, mid.data(),
                 side.data(), n);
      mid.insert(mid.end(), side.begin(), side.end());
      return mid;
    });
    ExpectAgreement("mid and side", [&](const Kernels& k) {
      Floats r(4 * n);
      k.to_mid_side(x.data(), y.data(), 20, r.data(), r.data() + n, n);
      k.from_mid_side(r.data(), r.data() + n, r.data() + 2 * n, r.data() + 3 * n, n);
      return r;
    });
  }
}

TEST(Kernels, DecibelsAreThoseOfTheLibraryWithinAFewHundredThousandths) {
  Floats x;
  for (float value = 1e-15f; value < 1e15f; value *= 1.01f) x.push_back(value);
  Floats db = x;
  BestKernels().decibels(db.data(), db.size());
  for (size_t i = 0; i < x.size(); ++i)
    EXPECT_NEAR(db[i], 20 * std::log10(static_cast<double>(x[i])), 5e-5) << x[i];
}

TEST(Kernels, AgreeOnFrames) {
  constexpr size_t kFrames = 5;
  for (const size_t n : kLengths) {
    const Floats x = Random((kFrames + 6 * 3) * n, 3, 2), w = Random(7 * n, 4, 1);
    const Floats b = Random(2 * kFrames * n, 5, 1);
    ExpectAgreement("norm", [&](const Kernels& k) {
      Floats r(kFrames * n);
      k.norm(x.data(), r.data(), kFrames, n);
      return r;
    });
    ExpectAgreement("depthwise", [&](const Kernels& k) {
      Floats r(kFrames * n);
      k.depthwise(x.data(), w.data(), b.data(), r.data(), kFrames, n, 7, 3);
      return r;
    });
    ExpectAgreement("quantize", [&](const Kernels& k) {
      std::vector<int8_t> q(kFrames * n);
      std::vector<RowScale> scales(kFrames);
      k.quantize(x.data(), kFrames, n, q.data(), scales.data());
      Floats r(q.begin(), q.end());
      for (const RowScale& row : scales) {
        r.push_back(row.scale);
        r.push_back(static_cast<float>(row.zero));
      }
      return r;
    });
    ExpectAgreement("film", [&](const Kernels& k) {
      Floats r(x.begin(), x.begin() + static_cast<ptrdiff_t>(kFrames * n));
      k.film(r.data(), b.data(), kFrames, n);
      return r;
    });
    const size_t bins = n + 2;
    const Floats spectrum = Random(kFrames * (bins + n), 6, 1);
    const Floats head = Random(kFrames * 2 * bins, 7, 100), gains = Random(kFrames, 8, 1);
    ExpectAgreement("compand", [&](const Kernels& k) {
      Floats r = spectrum;
      k.compand(r.data(), kFrames, bins, -0.3f, 1e-8f);
      return r;
    });
    ExpectAgreement("polar", [&](const Kernels& k) {
      Floats r = spectrum;
      k.polar(head.data(), gains.data(), r.data(), kFrames, bins, 5);
      return r;
    });
  }
}

// cos(2πk/size), then the sines.
Floats Turns(size_t size) {
  Floats turns(2 * size);
  for (size_t k = 0; k < size; ++k) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(size);
    turns[k] = static_cast<float>(std::cos(angle));
    turns[size + k] = static_cast<float>(std::sin(angle));
  }
  return turns;
}

Floats Spectra(const Kernels& k, const Floats& windows, size_t rows, size_t size,
               const Floats& taper) {
  Floats spectra(rows * size), scratch(2 * size * kFourierRows);
  k.fourier(windows.data(), rows, size, taper.data(), Turns(size).data(), scratch.data(),
            spectra.data());
  return spectra;
}

Floats Windows(const Kernels& k, const Floats& spectra, size_t rows, size_t size,
               const Floats& taper) {
  Floats windows(rows * size), scratch(2 * size * kFourierRows);
  k.inverse_fourier(spectra.data(), rows, size, taper.data(), Turns(size).data(), scratch.data(),
                    windows.data());
  return windows;
}

// Powers of four, of two, and neither.
constexpr size_t kWindows[] = {16, 20, 24, 32, 128, 512};

TEST(FourierKernels, TransformByTheDefinition) {
  const Kernels* sets[kKernelSets];
  AllKernels(sets);
  for (const size_t size : kWindows) {
    const Floats window = Random(size, 11, 1), taper = Random(size, 12, 1);
    const Floats found = Spectra(*sets[0], window, 1, size, taper);
    for (size_t bin = 0; bin <= size / 2; ++bin) {
      double re = 0, im = 0;
      for (size_t n = 0; n < size; ++n) {
        const double angle =
            2 * std::numbers::pi * static_cast<double>(bin * n % size) / static_cast<double>(size);
        const double x = 2.0 * static_cast<double>(taper[n]) * static_cast<double>(window[n]);
        re += x * std::cos(angle);
        im -= x * std::sin(angle);
      }
      EXPECT_NEAR(found[bin], re, 2e-5) << "bin " << bin << " of " << size;
      if (bin == 0 || bin == size / 2) continue;
      EXPECT_NEAR(found[size / 2 + bin], im, 2e-5) << "bin " << bin << " of " << size;
    }
  }
}

TEST(FourierKernels, TheInverseGivesTheWindowBack) {
  const Kernels* sets[kKernelSets];
  AllKernels(sets);
  for (const size_t size : kWindows) {
    const Floats window = Random(size, 13, 1);
    const Floats half(size, 0.5f), scale(size, 1 / static_cast<float>(size));
    const Floats found =
        Windows(*sets[0], Spectra(*sets[0], window, 1, size, half), 1, size, scale);
    for (size_t n = 0; n < size; ++n) EXPECT_NEAR(found[n], window[n], 2e-6) << size;
  }
}

TEST(FourierKernels, ARowDoesNotDependOnTheOthers) {
  for (const size_t size : kWindows) {
    const Floats x = Random(kFourierRows * size, 14, 1), taper = Random(size, 15, 1);
    for (const size_t rows : {1u, 3u, 8u}) {
      ExpectAgreement("fourier", [&](const Kernels& k) {
        Floats all = Spectra(k, x, rows, size, taper);
        for (size_t row = 0; row < rows; ++row) {
          const auto from = static_cast<ptrdiff_t>(row * size);
          const Floats alone(x.begin() + from, x.begin() + from + static_cast<ptrdiff_t>(size));
          const Floats one = Spectra(k, alone, 1, size, taper);
          EXPECT_TRUE(std::equal(one.begin(), one.end(), all.begin() + from)) << k.name;
        }
        return all;
      });
      ExpectAgreement("inverse Fourier",
                      [&](const Kernels& k) { return Windows(k, x, rows, size, taper); });
    }
  }
}

TEST(Kernels, GiveAValueTheSameBitsAnywhere) {
  // One value at a time, against whole loops: vector body and tail must agree.
  const Floats x = Random(67, 9, 10);
  const Kernels* sets[kKernelSets];
  const size_t count = AllKernels(sets);
  for (size_t s = 0; s < count; ++s) {
    Floats whole = x, single = x;
    sets[s]->gelu(whole.data(), whole.size());
    for (float& value : single) sets[s]->gelu(&value, 1);
    EXPECT_TRUE(SameBits(whole, single)) << sets[s]->name;

    const size_t bins = x.size() / 2;
    Floats head = Random(2 * bins, 10, 50), shifted(head.size() + 1);
    std::copy(head.begin(), head.end(), shifted.begin() + 1);
    const float gain = 1;
    Floats aligned(2 * bins - 2), unaligned(2 * bins - 2);
    sets[s]->polar(head.data(), &gain, aligned.data(), 1, bins, 5);
    sets[s]->polar(shifted.data() + 1, &gain, unaligned.data(), 1, bins, 5);
    EXPECT_TRUE(SameBits(aligned, unaligned)) << sets[s]->name;
  }
}

TEST(Kernels, QuantizeWithinHalfAStepOfTheRange) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Kernels* sets[kKernelSets];
  const size_t count = AllKernels(sets);
  const auto quantize = [&](size_t set, const Floats& x, RowScale* scale) {
    std::vector<int8_t> q(x.size());
    sets[set]->quantize(x.data(), 1, x.size(), q.data(), scale);
    return q;
  };
  for (size_t s = 0; s < count; ++s) {
    RowScale scale{};
    for (const float offset : {-40.0f, -1.0f, -0.9f, 0.0f, 0.3f, 1.0f, 1e4f}) {
      for (const float size : {1e-20f, 1.0f, 1e20f}) {
        Floats x = Random(77, 17, size);
        for (float& value : x) value += offset * size;
        const std::vector<int8_t> q = quantize(s, x, &scale);
        const auto [least, most] = std::minmax_element(x.begin(), x.end());
        const float range = std::max(*most, 0.0f) - std::min(*least, 0.0f);
        for (size_t i = 0; i < x.size(); ++i) {
          const float back = scale.scale * static_cast<float>(q[i] - scale.zero);
          ASSERT_NEAR(back, x[i], range / 255 * 0.501f) << sets[s]->name << ", offset " << offset;
        }
      }
    }
    EXPECT_EQ(quantize(s, Floats(20), &scale), std::vector<int8_t>(20, -128)) << "silence";
    EXPECT_EQ(scale.zero, -128);
    // Whatever they become, it is not undefined.
    for (const float bad : {infinity, -infinity, nan, 3e38f, -3e38f}) {
      Floats x = Random(33, 18, 1);
      x[7] = bad;
      quantize(s, x, &scale);
      EXPECT_TRUE(std::isfinite(scale.scale) && std::abs(scale.zero) <= 128) << bad;
    }
  }
}

TEST(Kernels, TakeSamplesThatAreNoNumbersAsZero) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Floats left = {1, nan, infinity, -infinity, 3e38f, -5000};
  const Floats right(left.size());
  const float half = std::sqrt(0.5f);
  const Floats wanted = {half, 0, 0, 0, 1000 * half, -1000 * half};
  Floats m(left.size()), s(left.size());
  const Kernels* sets[kKernelSets];
  const size_t count = AllKernels(sets);
  for (size_t i = 0; i < count; ++i) {
    sets[i]->to_mid_side(left.data(), right.data(), 1000, m.data(), s.data(), left.size());
    for (size_t j = 0; j < left.size(); ++j) {
      EXPECT_FLOAT_EQ(m[j], wanted[j]) << sets[i]->name << ", sample " << j;
      EXPECT_FLOAT_EQ(s[j], wanted[j]) << sets[i]->name << ", sample " << j;
    }
  }
}

}  // namespace
}  // namespace motet::core
