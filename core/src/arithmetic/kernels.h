// The inner loops of the network (elementwise arithmetic, and the quantizer's search for the
// nearest entry), in the best instruction set that the processor has.
//
// Every kernel treats a frame (or a value) by itself and does the same IEEE operations whatever the
// number of frames, the instruction set or the place in a vector: results do not depend on how a
// signal is cut into steps. The files that hold them are compiled without contraction.
#pragma once

#include <cstddef>
#include <cstdint>

namespace motet::core {

// How a row of floats lies in int8: x ≈ scale · (q − zero). (XNNPACK's xnn_quantization_params.)
struct RowScale {
  int32_t zero;
  float scale;
};

// Windows that a Fourier transform takes at once: those of a packet.
inline constexpr size_t kFourierRows = 8;

// The most values of the entropy model's hidden layer.
inline constexpr size_t kMaxHiddenWidth = 512;

struct Kernels {
  const char* name;

  // x[i] = x[i]/2 (1 + erf(x[i]/√2)).
  void (*gelu)(float* x, size_t count);
  // x[i] = 1 / (1 + e^-x[i]).
  void (*sigmoid)(float* x, size_t count);
  // x[i] = a[i] + b[i].
  void (*add)(const float* a, const float* b, float* x, size_t count);
  // y[i] += scale x[i].
  void (*add_scaled)(const float* x, float scale, float* y, size_t count);
  // x[i] = a[i] - b[i].
  void (*subtract)(const float* a, const float* b, float* x, size_t count);
  // Per frame over channels: y = (x - mean) / sqrt(variance + 1e-5). x and y may be the same.
  void (*norm)(const float* x, float* y, size_t frames, size_t channels);
  // y[t][c] = bias[c] + Σ_j weight[j][c] x[t + j·dilation][c].
  void (*depthwise)(const float* x, const float* weight, const float* bias, float* y, size_t frames,
                    size_t channels, size_t kernel, size_t dilation);
  // Rows of `channels` values as int8 with a scale of their own, so that the least and the largest
  // value (or 0, if that lies beyond) are at most half a step off.
  void (*quantize)(const float* x, size_t rows, size_t channels, int8_t* q, RowScale* scales);
  // x[i] = scale q[i].
  void (*dequantize)(const int8_t* q, float scale, float* x, size_t count);
  // x[i] = 20 log10 x[i], of positive normal numbers.
  void (*decibels)(float* x, size_t count);
  // h[t][c] = h[t][c] (1 + g[t][c]) + s[t][c], where a row of `gs` holds g, then s.
  void (*film)(float* h, const float* gs, size_t frames, size_t channels);
  // Rows of bins real and bins-2 imaginary parts (those of the first and last bin are 0), each bin
  // times (|X|² + epsilon)^exponent, in place.
  void (*compand)(float* spectrum, size_t rows, size_t bins, float exponent, float epsilon);
  // Rows of `bins` log-magnitudes and `bins` phases become rows of bins real and bins-2 imaginary
  // parts; magnitudes are clamped to e^max_log. Each row is multiplied by its gain.
  void (*polar)(const float* head, const float* gains, float* spectrum, size_t rows, size_t bins,
                float max_log);
  // Adds a sinusoid to `count` samples: s = (before + change rise[i]) (cosine cosines[i] - sine
  // sines[i]), mid[i] += s, and side[i] += share s unless the share is 0.
  void (*sinusoid)(const float* rise, float before, float change, const float* cosines,
                   const float* sines, float cosine, float sine, float share, float* mid,
                   float* side, size_t count);
  // m = (left + right)/√2, s = (left - right)/√2. Samples that are not finite count as 0, others
  // are clamped to ±limit.
  void (*to_mid_side)(const float* left, const float* right, float limit, float* m, float* s,
                      size_t count);
  // left = (m + s)/√2, right = (m - s)/√2.
  void (*from_mid_side)(const float* m, const float* s, float* left, float* right, size_t count);
  // codes[t] = argmin_j |e[t] - codebook[j]|² over 256 entries, the lowest j on ties. The codebook
  // is transposed: dim rows of 256.
  void (*nearest)(const float* e, const float* codebook, size_t frames, size_t dim, uint8_t* codes);
  // The five of the entropy model (docs/FORMAT.md, "Network"), in integers. The first two prepare
  // it. rows[c][j] = Σ_i embeddings[c][i] weight[i][j], where all are integers and sums stay below
  // 2^24; `width` is a multiple of 64. Gives the largest magnitude.
  int32_t (*code_rows)(const float* embeddings, size_t codes, size_t dim, const float* weight,
                       size_t width, int32_t* rows);
  // y[i] = x[i], which fits; `count` is a multiple of 64.
  void (*narrow)(const int32_t* x, int16_t* y, size_t count);
  // h[j] = clamp((bias[j] + Σ_r rows[r][j] + 256) >> 9, 0, 127), where the rows have 16 or 32 bits;
  // `width` is a multiple of 64.
  void (*hidden)(const int16_t* const* narrow, size_t narrow_rows, const int32_t* const* wide,
                 size_t wide_rows, const int32_t* bias, size_t width, uint8_t* h);
  // z[k] = bias[k] + Σ_j h[j] weight[j / 4][k][j % 4] for 256 codes; h is 0…127, `width` of them.
  void (*logits)(const uint8_t* h, size_t width, const int8_t* weight, const int32_t* bias,
                 int32_t* z);
  // Weights of 256 codes from their logarithms; gives the sum.
  uint32_t (*code_weights)(const int32_t* z, uint32_t* weights);
  // Spectra of up to kFourierRows windows of `size` samples times 2·`taper` (size is even). A
  // spectrum row holds real parts of bins 0…size/2, then imaginary parts of bins 1…size/2-1.
  // `turns` holds cos(2πk/size) for k < size, then the sines; `scratch` has room for
  // 2·size·kFourierRows.
  void (*fourier)(const float* windows, size_t rows, size_t size, const float* taper,
                  const float* turns, float* scratch, float* spectra);
  // The inverse times size·`taper`.
  void (*inverse_fourier)(const float* spectra, size_t rows, size_t size, const float* taper,
                          const float* turns, float* scratch, float* windows);
};

// The set for this processor, chosen once.
const Kernels& BestKernels();

// All sets that this processor can run, the portable one first; for tests.
inline constexpr size_t kKernelSets = 4;  // at most
size_t AllKernels(const Kernels* sets[kKernelSets]);

}  // namespace motet::core
