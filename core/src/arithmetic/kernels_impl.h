// The bodies of kernels.h, included once per instruction set (kernels_*.cc) after defining
// MOTET_KERNELS, the name of the set. Nothing here may call an inline function of the standard
// library: the linker could give that code, compiled for this set, to everyone else.
#include <cstddef>
#include <cstdint>

#include "arithmetic/kernels.h"
#include "arithmetic/vecmath.h"

#if defined(__AVX2__)
#include <immintrin.h>
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
  return __builtin_convertvector(v, IntVector);
}
MOTET_INLINE void Store(int32_t* x, IntVector v) { __builtin_memcpy(x, &v, sizeof v); }
MOTET_INLINE FloatVector Splat(float x) { return FloatVector{} + x; }
MOTET_INLINE IntVector Splat(int32_t x) { return IntVector{} + x; }

void GeluLoop(float* __restrict x, size_t count) {
  for (size_t i = 0; i < count; ++i) x[i] = Gelu(x[i]);
}

void SigmoidLoop(float* __restrict x, size_t count) {
  for (size_t i = 0; i < count; ++i) x[i] = Sigmoid(x[i]);
}

void AddLoop(const float* a, const float* b, float* x, size_t count) {
  MOTET_INDEPENDENT
  for (size_t i = 0; i < count; ++i) x[i] = a[i] + b[i];
}

void SubtractLoop(const float* a, const float* b, float* x, size_t count) {
  MOTET_INDEPENDENT
  for (size_t i = 0; i < count; ++i) x[i] = a[i] - b[i];
}

// Sums run over 16 lanes in every instruction set, so that all round alike.
constexpr size_t kSumLanes = 16;
constexpr size_t kSums = kSumLanes / kLanes;

MOTET_INLINE float SumLanes(float* lanes) {
  for (size_t half = kSumLanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

void NormLoop(const float* x, float* y, size_t frames, size_t channels) {
  const size_t body = channels / kSumLanes * kSumLanes;
  const float scale = 1.0f / static_cast<float>(channels);
  for (size_t t = 0; t < frames; ++t, x += channels, y += channels) {
    float lanes[kSumLanes];
    FloatVector sums[kSums] = {};
    for (size_t c = 0; c < body; c += kSumLanes) {
      for (size_t k = 0; k < kSums; ++k) sums[k] += Load(x + c + k * kLanes);
    }
    for (size_t k = 0; k < kSums; ++k) Store(lanes + k * kLanes, sums[k]);
    for (size_t c = body; c < channels; ++c) lanes[c - body] += x[c];
    const float mean = SumLanes(lanes) * scale;

    FloatVector squares[kSums] = {};
    for (size_t c = 0; c < body; c += kSumLanes) {
      for (size_t k = 0; k < kSums; ++k) {
        const FloatVector d = Load(x + c + k * kLanes) - mean;
        squares[k] += d * d;
      }
    }
    for (size_t k = 0; k < kSums; ++k) Store(lanes + k * kLanes, squares[k]);
    for (size_t c = body; c < channels; ++c) {
      const float d = x[c] - mean;
      lanes[c - body] += d * d;
    }
    const float factor = 1.0f / __builtin_sqrtf(SumLanes(lanes) * scale + 1e-5f);
    MOTET_INDEPENDENT
    for (size_t c = 0; c < channels; ++c) y[c] = (x[c] - mean) * factor;
  }
}

void DepthwiseLoop(const float* x, const float* weight, const float* bias, float* y, size_t frames,
                   size_t channels, size_t kernel, size_t dilation) {
  const size_t body = channels / kLanes * kLanes;
  const size_t row = dilation * channels;
  for (size_t t = 0; t < frames; ++t, x += channels, y += channels) {
    for (size_t c = 0; c < body; c += kLanes) {
      FloatVector sum = Load(bias + c);
      for (size_t j = 0; j < kernel; ++j) {
        sum += Load(weight + j * channels + c) * Load(x + j * row + c);
      }
      Store(y + c, sum);
    }
    for (size_t c = body; c < channels; ++c) {
      float sum = bias[c];
      for (size_t j = 0; j < kernel; ++j) sum += weight[j * channels + c] * x[j * row + c];
      y[c] = sum;
    }
  }
}

void FilmLoop(float* __restrict h, const float* __restrict gs, size_t frames, size_t channels) {
  for (size_t t = 0; t < frames; ++t, h += channels, gs += 2 * channels) {
    for (size_t c = 0; c < channels; ++c) h[c] = h[c] * (1.0f + gs[c]) + gs[channels + c];
  }
}

void CompandLoop(float* spectrum, size_t rows, size_t bins, float exponent, float epsilon) {
  const size_t inner = bins - 2;
  for (size_t t = 0; t < rows; ++t, spectrum += bins + inner) {
    float* __restrict re = spectrum + 1;
    float* __restrict im = spectrum + bins;
    for (size_t k = 0; k < inner; ++k) {
      const float gain = Pow(re[k] * re[k] + im[k] * im[k] + epsilon, exponent);
      re[k] *= gain;
      im[k] *= gain;
    }
    float* first = spectrum;
    float* last = spectrum + bins - 1;
    *first *= Pow(*first * *first + epsilon, exponent);
    *last *= Pow(*last * *last + epsilon, exponent);
  }
}

void PolarLoop(const float* head, const float* gains, float* spectrum, size_t rows, size_t bins,
               float max_log) {
  const size_t inner = bins - 2;
  for (size_t t = 0; t < rows; ++t, head += 2 * bins, spectrum += bins + inner) {
    const float gain = gains[t];
    const float* __restrict l = head + 1;
    const float* __restrict p = head + bins + 1;
    float* __restrict re = spectrum + 1;
    float* __restrict im = spectrum + bins;
    for (size_t k = 0; k < inner; ++k) {
      const float magnitude = gain * Exp(l[k] < max_log ? l[k] : max_log);
      float sine, cosine;
      SinCos(p[k], &sine, &cosine);
      re[k] = magnitude * cosine;
      im[k] = magnitude * sine;
    }
    for (size_t k = 0; k < bins; k += bins - 1) {
      float sine, cosine;
      SinCos(head[bins + k], &sine, &cosine);
      spectrum[k] = gain * Exp(head[k] < max_log ? head[k] : max_log) * cosine;
    }
  }
}

constexpr float kHalfRoot = 0.707106781f;

MOTET_INLINE float Clean(float x, float limit) {
  // x - x is not 0 for infinities and NaN.
  return x - x == 0.0f ? Clamp(x, -limit, limit) : 0.0f;
}

void ToMidSideLoop(const float* left, const float* right, float limit, float* __restrict m,
                   float* __restrict s, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const float l = Clean(left[i], limit);
    const float r = Clean(right[i], limit);
    m[i] = (l + r) * kHalfRoot;
    s[i] = (l - r) * kHalfRoot;
  }
}

void FromMidSideLoop(const float* m, const float* s, float* __restrict left,
                     float* __restrict right, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    left[i] = (m[i] + s[i]) * kHalfRoot;
    right[i] = (m[i] - s[i]) * kHalfRoot;
  }
}

constexpr size_t kEntries = 256;

// `kFrames` frames share each load of the codebook. Every lane keeps the first of its best entries.
template <size_t kFrames>
MOTET_INLINE void NearestOf(const float* e, const float* codebook, size_t dim, uint8_t* codes) {
  FloatVector best[kFrames];
  IntVector where[kFrames];
  for (size_t f = 0; f < kFrames; ++f) {
    best[f] = Splat(__builtin_inff());
    where[f] = IntVector{};
  }
  for (size_t j = 0; j < kEntries; j += kLanes) {
    FloatVector distance[kFrames];
    for (size_t f = 0; f < kFrames; ++f) distance[f] = FloatVector{};
    for (size_t k = 0; k < dim; ++k) {
      const FloatVector entry = Load(codebook + k * kEntries + j);
      for (size_t f = 0; f < kFrames; ++f) {
        const FloatVector d = e[f * dim + k] - entry;
        distance[f] += d * d;
      }
    }
    for (size_t f = 0; f < kFrames; ++f) {
      const IntVector closer = distance[f] < best[f];
      best[f] = reinterpret_cast<FloatVector>((closer & reinterpret_cast<IntVector>(distance[f])) |
                                              (~closer & reinterpret_cast<IntVector>(best[f])));
      where[f] = (closer & Splat(static_cast<int32_t>(j))) | (~closer & where[f]);
    }
  }
  for (size_t f = 0; f < kFrames; ++f) {
    float least = best[f][0];
    int32_t code = where[f][0];
    for (int lane = 1; lane < static_cast<int>(kLanes); ++lane) {
      const int32_t entry = where[f][lane] + lane;
      const float distance = best[f][lane];
      const bool better = distance < least || (distance == least && entry < code);
      least = better ? distance : least;
      code = better ? entry : code;
    }
    codes[f] = static_cast<uint8_t>(code);
  }
}

void NearestLoop(const float* e, const float* codebook, size_t frames, size_t dim, uint8_t* codes) {
  size_t t = 0;
  for (; t + 4 <= frames; t += 4) NearestOf<4>(e + t * dim, codebook, dim, codes + t);
  for (; t < frames; ++t) NearestOf<1>(e + t * dim, codebook, dim, codes + t);
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

// sum[k] + Σ_j h[4k + j] w[4k + j] for j < 4, where h is 0…127. Two products fit in 16 bits.
MOTET_INLINE IntVector AddDots(IntVector sum, IntVector h, const int8_t* w) {
  IntVector packed;
  __builtin_memcpy(&packed, w, sizeof packed);
#if defined(__AVX512BW__)
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

void LogitsLoop(const uint8_t* h, size_t width, const int8_t* weight, const int32_t* bias,
                int32_t* z) {
  constexpr size_t kBlock = 8;
  for (size_t k = 0; k < kEntries; k += kBlock * kLanes) {
    IntVector sum[kBlock];
    for (size_t b = 0; b < kBlock; ++b) sum[b] = Load(bias + k + b * kLanes);
    for (size_t j = 0; j < width; j += 4) {
      int32_t four;
      __builtin_memcpy(&four, h + j, sizeof four);
      if (four == 0) continue;
      const int8_t* row = weight + j * kEntries + 4 * k;
      for (size_t b = 0; b < kBlock; ++b)
        sum[b] = AddDots(sum[b], Splat(four), row + 4 * b * kLanes);
    }
    for (size_t b = 0; b < kBlock; ++b) Store(z + k + b * kLanes, sum[b]);
  }
}

uint32_t CodeWeightsLoop(const int32_t* __restrict z, uint32_t* __restrict weights) {
  int32_t most = z[0];
  for (size_t k = 1; k < kEntries; ++k) most = z[k] > most ? z[k] : most;
  uint32_t sum = 0;
  for (size_t k = 0; k < kEntries; ++k) {
    const auto d = static_cast<uint32_t>(most - z[k]);
    const uint32_t t = d & 511;
    const uint32_t m = 32768 - ((t * (22006 - ((5622 * t) >> 9))) >> 9);
    const uint32_t octaves = d >> 9;
    weights[k] = 1 + (m >> (octaves > 31 ? 31 : octaves));
    sum += weights[k];
  }
  return sum;
}

#define MOTET_TEXT_(x) #x
#define MOTET_TEXT(x) MOTET_TEXT_(x)

}  // namespace

extern const Kernels MOTET_KERNELS;
const Kernels MOTET_KERNELS = {
    MOTET_TEXT(MOTET_KERNELS),
    GeluLoop,
    SigmoidLoop,
    AddLoop,
    SubtractLoop,
    NormLoop,
    DepthwiseLoop,
    FilmLoop,
    CompandLoop,
    PolarLoop,
    ToMidSideLoop,
    FromMidSideLoop,
    NearestLoop,
    HiddenLoop,
    LogitsLoop,
    CodeWeightsLoop,
};

}  // namespace motet::core
