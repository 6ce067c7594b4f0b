// What the bodies of the kernels share: vectors of the instruction set that the file is compiled
// for. Included once per instruction set, as those are (kernels_impl.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "arithmetic/vecmath.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif
#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#if defined(__AVX512F__)
#define MOTET_LANES 16
#elif defined(__AVX__)
#define MOTET_LANES 8
#else
#define MOTET_LANES 4
#endif

// Stands before a loop whose arrays are either the same or do not overlap.
#if defined(__clang__)
#define MOTET_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define MOTET_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace motet::core {
// Each file that includes this has its own.
namespace {  // NOLINT(google-build-namespaces, cert-dcl59-cpp)

constexpr size_t kLanes = MOTET_LANES;
// GCC and Clang vectors, one register wide; unaligned loads and stores go through memcpy.
using FloatVector __attribute__((vector_size(4 * MOTET_LANES))) = float;
using IntVector __attribute__((vector_size(4 * MOTET_LANES))) = int32_t;
using HalfVector __attribute__((vector_size(2 * MOTET_LANES))) = int16_t;
using ShortVector __attribute__((vector_size(4 * MOTET_LANES))) = int16_t;

MOTET_INLINE FloatVector Load(const float* x) {
  FloatVector v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}
MOTET_INLINE void Store(float* x, FloatVector v) { __builtin_memcpy(x, &v, sizeof v); }
MOTET_INLINE IntVector Load(const int32_t* x) {
  IntVector v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}
MOTET_INLINE IntVector LoadWide(const int16_t* x) {
  HalfVector v;
  __builtin_memcpy(&v, x, sizeof v);
  // One instruction, for which GCC takes five.
#if defined(__AVX512F__)
  return reinterpret_cast<IntVector>(
      _mm512_maskz_cvtepi16_epi32(0xFFFF, reinterpret_cast<__m256i>(v)));
#elif defined(__AVX2__)
  return reinterpret_cast<IntVector>(_mm256_cvtepi16_epi32(reinterpret_cast<__m128i>(v)));
#else
  return __builtin_convertvector(v, IntVector);
#endif
}
// a·b of lanes from 0 to 2^15 - 1: products of 32 bits take twice as long.
MOTET_INLINE IntVector SmallProduct(IntVector a, IntVector b) {
#if defined(__AVX512BW__)
  return reinterpret_cast<IntVector>(
      _mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  return reinterpret_cast<IntVector>(
      _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__SSE2__)
  return reinterpret_cast<IntVector>(
      _mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
  return a * b;
#endif
}
MOTET_INLINE void Store(int32_t* x, IntVector v) { __builtin_memcpy(x, &v, sizeof v); }
MOTET_INLINE FloatVector Splat(float x) { return FloatVector{} + x; }
MOTET_INLINE IntVector Splat(int32_t x) { return IntVector{} + x; }
// a where all bits of the mask are set, b where none is.
MOTET_INLINE FloatVector Select(IntVector mask, FloatVector a, FloatVector b) {
  return reinterpret_cast<FloatVector>((mask & reinterpret_cast<IntVector>(a)) |
                                       (~mask & reinterpret_cast<IntVector>(b)));
}

// fold(a, b) of all lanes, half upon half.
template <typename Vector, typename Fold>
MOTET_INLINE auto FoldLanes(Vector v, const Fold& fold) {
  decltype(+v[0]) lanes[kLanes];
  Store(lanes, v);
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] = fold(lanes[i], lanes[i + half]);
  }
  return lanes[0];
}

// Entries of a codebook, and codes that the entropy model weighs.
constexpr size_t kEntries = 256;

}  // namespace
}  // namespace motet::core
