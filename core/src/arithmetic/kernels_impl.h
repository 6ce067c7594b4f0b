// The bodies of kernels.h, included once per instruction set (kernels_*.cc) after defining
// MOTET_KERNELS, the name of the set. Nothing here may call an inline function of the standard
// library: the linker could give that code, compiled for this set, to everyone else.
#include <cstddef>
#include <cstdint>

#include "arithmetic/entropy_kernels.h"
#include "arithmetic/fourier_kernels.h"
#include "arithmetic/kernels.h"
#include "arithmetic/kernels_vectors.h"
#include "arithmetic/vecmath.h"

namespace motet::core {
namespace {  // NOLINT(google-build-namespaces, cert-dcl59-cpp)

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

void AddScaledLoop(const float* x, float scale, float* y, size_t count) {
  MOTET_INDEPENDENT
  for (size_t i = 0; i < count; ++i) y[i] += scale * x[i];
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

// Dynamic quantization, asymmetric, as XNNPACK's products of qd8 and qc8w want it.
void QuantizeLoop(const float* x, size_t rows, size_t channels, int8_t* q, RowScale* scales) {
  // In a float of this size the last bit counts 1, so that adding it rounds to the nearest integer.
  constexpr float kRound = 12582912.0f;
  const size_t body = channels / kLanes * kLanes;
  for (size_t t = 0; t < rows; ++t, x += channels, q += channels) {
    FloatVector low = {}, high = {};
    for (size_t c = 0; c < body; c += kLanes) {
      const FloatVector v = Load(x + c);
      low = v < low ? v : low;
      high = v > high ? v : high;
    }
    float least = FoldLanes(low, [](float a, float b) { return b < a ? b : a; });
    float most = FoldLanes(high, [](float a, float b) { return b > a ? b : a; });
    for (size_t c = body; c < channels; ++c) {
      least = x[c] < least ? x[c] : least;
      most = x[c] > most ? x[c] : most;
    }
    const float range = most - least;
    const bool usable = range > 1e-30f && range < 1e30f;
    const float scale = usable ? range / 255.0f : 1.0f;
    const float steps = usable ? 255.0f / range : 0.0f;
    const auto zero =
        static_cast<int32_t>(-128.0f - (usable ? least : 0.0f) * steps + kRound - kRound);
    scales[t] = {zero, scale};
    for (size_t c = 0; c < channels; ++c) {
      const float rounded = x[c] * steps + kRound;
      int32_t step = 0;
      __builtin_memcpy(&step, &rounded, sizeof step);
      step += zero - 0x4B400000;
      q[c] = static_cast<int8_t>(step < -128 ? -128 : step > 127 ? 127 : step);
    }
  }
}

void DequantizeLoop(const int8_t* __restrict q, float scale, float* __restrict x, size_t count) {
  for (size_t i = 0; i < count; ++i) x[i] = scale * static_cast<float>(q[i]);
}

void DecibelsLoop(float* __restrict x, size_t count) {
  constexpr float kNeper = 8.68588964f;  // 20/ln 10
  for (size_t i = 0; i < count; ++i) x[i] = kNeper * Log(x[i]);
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

void SinusoidLoop(const float* rise, float before, float change, const float* cosines,
                  const float* sines, float cosine, float sine, float share, float* mid,
                  float* side, size_t count) {
  const size_t body = count / kLanes * kLanes;
  for (size_t i = 0; i < body; i += kLanes) {
    const FloatVector sound =
        (before + change * Load(rise + i)) * (cosine * Load(cosines + i) - sine * Load(sines + i));
    Store(mid + i, Load(mid + i) + sound);
    if (share != 0) Store(side + i, Load(side + i) + share * sound);
  }
  for (size_t i = body; i < count; ++i) {
    const float sound = (before + change * rise[i]) * (cosine * cosines[i] - sine * sines[i]);
    mid[i] += sound;
    if (share != 0) side[i] += share * sound;
  }
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
      best[f] = Select(closer, distance[f], best[f]);
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

#define MOTET_TEXT_(x) #x
#define MOTET_TEXT(x) MOTET_TEXT_(x)

}  // namespace

extern const Kernels MOTET_KERNELS;
const Kernels MOTET_KERNELS = {
    MOTET_TEXT(MOTET_KERNELS),
    GeluLoop,
    SigmoidLoop,
    AddLoop,
    AddScaledLoop,
    SubtractLoop,
    NormLoop,
    DepthwiseLoop,
    QuantizeLoop,
    DequantizeLoop,
    DecibelsLoop,
    FilmLoop,
    CompandLoop,
    PolarLoop,
    SinusoidLoop,
    ToMidSideLoop,
    FromMidSideLoop,
    NearestLoop,
    CodeRowsLoop,
    NarrowLoop,
    HiddenLoop,
    LogitsLoop,
    CodeWeightsLoop,
    FourierLoop,
    InverseFourierLoop,
};

}  // namespace motet::core
