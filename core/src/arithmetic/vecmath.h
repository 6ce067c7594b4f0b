// Elementary functions for loops that compilers turn into SIMD: no branches, no tables, no calls.
// Plain IEEE arithmetic in a fixed order (no contraction, see kernels.h), so that a value comes out
// with the same bits in the vector part and in the tail of a loop, and with every instruction set.
//
// Polynomials are Taylor expansions unless said otherwise; errors are those of vecmath_test.cc.
#pragma once

#include <cstdint>

// Not in namespace scope with external linkage: each translation unit compiles these with its own
// instruction set, and no linker may pick one unit's code for another.
#define MOTET_INLINE static inline __attribute__((always_inline))

namespace motet::core {

MOTET_INLINE float Clamp(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

MOTET_INLINE float Abs(float x) {
  return __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, x) & 0x7FFFFFFFu);
}

// Adding and subtracting it rounds |x| < 2^22 to an integer, which is then in the lowest bits.
inline constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23

// e^x with a relative error below 2e-7; x is clamped to -87…88, where the result is a normal
// number.
MOTET_INLINE float Exp(float x) {
  x = Clamp(x, -87.0f, 88.0f);
  // e^x = 2^n e^r with |r| <= ln2/2; n * 0.693359375 is exact.
  const float biased = x * 1.44269504f + kRounder;
  const float n = biased - kRounder;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const uint32_t scale = (__builtin_bit_cast(uint32_t, biased) + 127u) << 23;
  return p * __builtin_bit_cast(float, scale);
}

// Natural logarithm of a positive normal number, with an absolute error below 1e-7 + 1e-7 |ln x|.
MOTET_INLINE float Log(float x) {
  // x = 2^e m with m in sqrt(1/2)…sqrt(2); ln m = 2 artanh(s) with s = (m-1)/(m+1).
  const int32_t bits = __builtin_bit_cast(int32_t, x);
  const int32_t e = (bits - 0x3F3504F3) >> 23;
  const float m = __builtin_bit_cast(float, bits - e * 0x800000);
  const float s = (m - 1.0f) / (m + 1.0f);
  const float s2 = s * s;
  float p = 2.0f / 9.0f;
  p = p * s2 + 2.0f / 7.0f;
  p = p * s2 + 2.0f / 5.0f;
  p = p * s2 + 2.0f / 3.0f;
  p = p * s2 + 2.0f;
  const float n = static_cast<float>(e);
  return n * 0.693359375f + (s * p - n * 2.12194440e-4f);
}

// x^power for a positive normal x.
MOTET_INLINE float Pow(float x, float power) { return Exp(power * Log(x)); }

// Sine and cosine with an absolute error below 2e-7 for |x| <= 10000; beyond 100000 the argument is
// clamped, so that the results stay within -1…1.
MOTET_INLINE void SinCos(float x, float* sine, float* cosine) {
  x = Clamp(x, -1e5f, 1e5f);
  // x = n π/2 + r with |r| <= π/4; π/2 in three parts, so that n times the first two is exact.
  const float biased = x * 0.636619772f + kRounder;
  const float n = biased - kRounder;
  float r = x - n * 1.5703125f;
  r = r - n * 4.837512969970703125e-4f;
  r = r - n * 7.54978995489188e-8f;
  const float r2 = r * r;
  float s = 1.0f / 362880.0f;
  s = s * r2 - 1.0f / 5040.0f;
  s = s * r2 + 1.0f / 120.0f;
  s = s * r2 - 1.0f / 6.0f;
  s = s * r2 * r + r;
  float c = 1.0f / 40320.0f;
  c = c * r2 - 1.0f / 720.0f;
  c = c * r2 + 1.0f / 24.0f;
  c = c * r2 - 0.5f;
  c = c * r2 + 1.0f;
  // Quadrants 1 and 3 swap the two; 2 and 3 negate the sine, 1 and 2 the cosine.
  const uint32_t quadrant = __builtin_bit_cast(uint32_t, biased);
  const uint32_t swap = 0u - (quadrant & 1u);
  const uint32_t s_bits = __builtin_bit_cast(uint32_t, s);
  const uint32_t c_bits = __builtin_bit_cast(uint32_t, c);
  const uint32_t mix = (s_bits ^ c_bits) & swap;
  *sine = __builtin_bit_cast(float, (s_bits ^ mix) ^ ((quadrant & 2u) << 30));
  *cosine = __builtin_bit_cast(float, (c_bits ^ mix) ^ (((quadrant + 1u) & 2u) << 30));
}

// x/2 (1 + erf(x/√2)) with an absolute error below 3.5e-7 (|x| + 0.001); x and 0 beyond ±5.2.
MOTET_INLINE float Gelu(float x) {
  // erf(t/√2)/2 = t P(t²)/Q(t²): a minimax fit over 0…5.2, where it gives 1/2; all terms positive.
  const float t = Clamp(x, -5.2f, 5.2f);
  const float u = t * t;
  float p = 5.8406536e-06f;
  p = p * u + 0.00031426435f;
  p = p * u + 0.0055187377f;
  p = p * u + 0.04959356f;
  p = p * u + 0.3989419f;
  float q = 5.019018e-07f;
  q = q * u + 0.00011274121f;
  q = q * u + 0.0027037526f;
  q = q * u + 0.037339885f;
  q = q * u + 0.2909734f;
  q = q * u + 1.0f;
  return x * (0.5f + t * (p / q));
}

MOTET_INLINE float Sigmoid(float x) { return 1.0f / (1.0f + Exp(-x)); }

}  // namespace motet::core
