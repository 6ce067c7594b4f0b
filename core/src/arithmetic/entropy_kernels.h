// The bodies of the entropy model's kernels (kernels_impl.h says how they are compiled).
#pragma once

#include "arithmetic/kernels.h"
#include "arithmetic/kernels_vectors.h"

namespace motet::core {
namespace {  // NOLINT(google-build-namespaces, cert-dcl59-cpp)

int32_t CodeRowsLoop(const float* embeddings, size_t codes, size_t dim, const float* weight,
                     size_t width, int32_t* rows) {
  constexpr size_t kBlock = 4;  // vectors that stay in registers
  IntVector most{};
  for (size_t c = 0; c < codes; ++c, embeddings += dim) {
    for (size_t j = 0; j < width; j += kBlock * kLanes, rows += kBlock * kLanes) {
      FloatVector sum[kBlock]{};
      for (size_t i = 0; i < dim; ++i) {
        const float* const w = weight + i * width + j;
        for (size_t k = 0; k < kBlock; ++k) sum[k] += embeddings[i] * Load(w + k * kLanes);
      }
      for (size_t k = 0; k < kBlock; ++k) {
        const IntVector row = __builtin_convertvector(sum[k], IntVector);
        Store(rows + k * kLanes, row);
        const IntVector magnitude = row < 0 ? -row : row;
        most = magnitude > most ? magnitude : most;
      }
    }
  }
  int32_t largest = 0;
  for (size_t k = 0; k < kLanes; ++k) largest = most[k] > largest ? most[k] : largest;
  return largest;
}

void NarrowLoop(const int32_t* x, int16_t* y, size_t count) {
  for (size_t i = 0; i < count; i += kLanes) {
    const HalfVector narrow = __builtin_convertvector(Load(x + i), HalfVector);
    __builtin_memcpy(y + i, &narrow, sizeof narrow);
  }
}

void HiddenLoop(const int16_t* const* narrow, size_t narrow_rows, const int32_t* const* wide,
                size_t wide_rows, const int32_t* bias, size_t width, uint8_t* h) {
  constexpr size_t kBlock = 4;  // vectors that stay in registers
  for (size_t j = 0; j < width; j += kBlock * kLanes) {
    IntVector sum[kBlock];
    for (size_t k = 0; k < kBlock; ++k) sum[k] = Load(bias + j + k * kLanes) + 256;
    for (size_t r = 0; r < narrow_rows; ++r) {
      for (size_t k = 0; k < kBlock; ++k) sum[k] += LoadWide(narrow[r] + j + k * kLanes);
    }
    for (size_t r = 0; r < wide_rows; ++r) {
      for (size_t k = 0; k < kBlock; ++k) sum[k] += Load(wide[r] + j + k * kLanes);
    }
    int32_t values[kBlock * kLanes];
    for (size_t k = 0; k < kBlock; ++k) Store(values + k * kLanes, sum[k] >> 9);
    for (size_t k = 0; k < kBlock * kLanes; ++k) {
      const int32_t positive = values[k] < 0 ? 0 : values[k];
      h[j + k] = static_cast<uint8_t>(positive > 127 ? 127 : positive);
    }
  }
}

#if defined(__wasm_simd128__)
// Products of pairs stay apart until the end: fewer instructions than AddDots would be.
void LogitsLoop(const uint8_t* h, size_t width, const int8_t* weight, const int32_t* bias,
                int32_t* z) {
  constexpr size_t kBlock = 4;
  for (size_t k = 0; k < kEntries; k += kBlock * kLanes) {
    v128_t sum[2 * kBlock];
    for (v128_t& each : sum) each = wasm_i32x4_splat(0);
    for (size_t j = 0; j < width; j += 4) {
      int32_t four_bytes;
      __builtin_memcpy(&four_bytes, h + j, sizeof four_bytes);
      if (four_bytes == 0) continue;
      const v128_t four = wasm_u16x8_extend_low_u8x16(wasm_i32x4_splat(four_bytes));
      const int8_t* const row = weight + j * kEntries + 4 * k;
      for (size_t b = 0; b < kBlock; ++b) {
        const v128_t w = wasm_v128_load(row + 4 * b * kLanes);
        const v128_t low = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(w), four);
        const v128_t high = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(w), four);
        sum[2 * b] = wasm_i32x4_add(sum[2 * b], low);
        sum[2 * b + 1] = wasm_i32x4_add(sum[2 * b + 1], high);
      }
    }
    for (size_t b = 0; b < kBlock; ++b) {
      const v128_t even = wasm_i32x4_shuffle(sum[2 * b], sum[2 * b + 1], 0, 2, 4, 6);
      const v128_t odd = wasm_i32x4_shuffle(sum[2 * b], sum[2 * b + 1], 1, 3, 5, 7);
      const v128_t both = wasm_i32x4_add(even, odd);
      wasm_v128_store(z + k + b * kLanes,
                      wasm_i32x4_add(both, wasm_v128_load(bias + k + b * kLanes)));
    }
  }
}
#else
// sum[k] + Σ_j h[4k + j] w[4k + j] for j < 4, where h is 0…127. Two products fit in 16 bits.
MOTET_INLINE IntVector AddDots(IntVector sum, IntVector h, const int8_t* w) {
  IntVector packed;
  __builtin_memcpy(&packed, w, sizeof packed);
#if defined(__AVX512VNNI__)
  return reinterpret_cast<IntVector>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sum),
                                                         reinterpret_cast<__m512i>(h),
                                                         reinterpret_cast<__m512i>(packed)));
#elif defined(__AVX512BW__)
  const __m512i pairs =
      _mm512_maddubs_epi16(reinterpret_cast<__m512i>(h), reinterpret_cast<__m512i>(packed));
  return sum + reinterpret_cast<IntVector>(_mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
#elif defined(__AVX2__)
  const __m256i pairs =
      _mm256_maddubs_epi16(reinterpret_cast<__m256i>(h), reinterpret_cast<__m256i>(packed));
  return sum + reinterpret_cast<IntVector>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#else
  // The even and the odd bytes of 16-bit lanes.
  const auto h16 = reinterpret_cast<ShortVector>(h);
  const auto w16 = reinterpret_cast<ShortVector>(packed);
  const ShortVector pairs = (h16 & 255) * ((w16 << 8) >> 8) + (h16 >> 8) * (w16 >> 8);
  const auto pair = reinterpret_cast<IntVector>(pairs);
  return sum + ((pair << 16) >> 16) + (pair >> 16);
#endif
}

// A list of what is not 0 takes less time than asking again and again, which guesses wrong.
void LogitsLoop(const uint8_t* h, size_t width, const int8_t* weight, const int32_t* bias,
                int32_t* z) {
  constexpr size_t kBlock = MOTET_LANES == 16 ? 16 : 8;  // vectors that stay in registers
  uint32_t places[kMaxHiddenWidth / 4];                  // of four in a row of h that are not all 0
  size_t count = 0;
  for (size_t j = 0; j < width; j += 4) {
    int32_t four;
    __builtin_memcpy(&four, h + j, sizeof four);
    places[count] = static_cast<uint32_t>(j);
    count += four != 0 ? 1 : 0;
  }
  for (size_t k = 0; k < kEntries; k += kBlock * kLanes) {
    IntVector sum[kBlock];
    for (size_t b = 0; b < kBlock; ++b) sum[b] = Load(bias + k + b * kLanes);
    for (size_t i = 0; i < count; ++i) {
      int32_t four;
      __builtin_memcpy(&four, h + places[i], sizeof four);
      const int8_t* row = weight + places[i] * kEntries + 4 * k;
      for (size_t b = 0; b < kBlock; ++b)
        sum[b] = AddDots(sum[b], Splat(four), row + 4 * b * kLanes);
    }
    for (size_t b = 0; b < kBlock; ++b) Store(z + k + b * kLanes, sum[b]);
  }
}
#endif

#if defined(__wasm_simd128__)
// Lanes cannot be shifted by different amounts: m >> octaves is m · 2^(15 - octaves) >> 15, the
// power being made of a float's exponent. Beyond 15 octaves it is less than 1, and 0 as an integer.
uint32_t CodeWeightsLoop(const int32_t* z, uint32_t* weights) {
  v128_t most = wasm_v128_load(z);
  for (size_t k = 4; k < kEntries; k += 4) most = wasm_i32x4_max(most, wasm_v128_load(z + k));
  most = wasm_i32x4_max(most, wasm_i32x4_shuffle(most, most, 2, 3, 0, 1));
  most = wasm_i32x4_max(most, wasm_i32x4_shuffle(most, most, 1, 0, 3, 2));
  const auto all = [](int32_t value) { return wasm_i32x4_splat(value); };
  v128_t sums = all(0);
  for (size_t k = 0; k < kEntries; k += 4) {
    const v128_t d = wasm_i32x4_sub(most, wasm_v128_load(z + k));
    const v128_t t = wasm_v128_and(d, all(511));
    const v128_t slope =
        wasm_i32x4_sub(all(22006), wasm_u32x4_shr(wasm_i32x4_dot_i16x8(all(5622), t), 9));
    const v128_t m = wasm_i32x4_sub(all(32768), wasm_u32x4_shr(wasm_i32x4_dot_i16x8(t, slope), 9));
    const v128_t octaves = wasm_u32x4_min(wasm_u32x4_shr(d, 9), all(31));
    const v128_t power =
        wasm_i32x4_trunc_sat_f32x4(wasm_i32x4_shl(wasm_i32x4_sub(all(127 + 15), octaves), 23));
    const v128_t weight = wasm_i32x4_add(all(1), wasm_u32x4_shr(wasm_i32x4_mul(m, power), 15));
    wasm_v128_store(weights + k, weight);
    sums = wasm_i32x4_add(sums, weight);
  }
  sums = wasm_i32x4_add(sums, wasm_i32x4_shuffle(sums, sums, 2, 3, 0, 1));
  sums = wasm_i32x4_add(sums, wasm_i32x4_shuffle(sums, sums, 1, 0, 3, 2));
  return static_cast<uint32_t>(wasm_i32x4_extract_lane(sums, 0));
}
#else
uint32_t CodeWeightsLoop(const int32_t* z, uint32_t* weights) {
  IntVector best = Load(z);
  for (size_t k = kLanes; k < kEntries; k += kLanes) {
    const IntVector here = Load(z + k);
    best = here > best ? here : best;
  }
  const IntVector most = Splat(FoldLanes(best, [](int32_t a, int32_t b) { return b > a ? b : a; }));
  IntVector sums{};
  for (size_t k = 0; k < kEntries; k += kLanes) {
    const IntVector d = most - Load(z + k), t = d & 511;
    const IntVector slope = 22006 - (SmallProduct(Splat(5622), t) >> 9);
    const IntVector m = 32768 - (SmallProduct(t, slope) >> 9);
    const IntVector octaves = d >> 9;  // of a distance below 2^31
    const IntVector weight = 1 + (m >> (octaves > 31 ? Splat(31) : octaves));
    __builtin_memcpy(weights + k, &weight, sizeof weight);
    sums += weight;
  }
  return static_cast<uint32_t>(FoldLanes(sums, [](int32_t a, int32_t b) { return a + b; }));
}
#endif

}  // namespace
}  // namespace motet::core
