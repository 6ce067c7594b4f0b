/* The products of int8 on WebAssembly: matrix kernels of ours in the place of XNNPACK's.
 *
 * The instruction for them, i32x4.dot_i16x8_s, multiplies eight pairs and adds them two by two. XNNPACK's
 * kernels spend shuffles, or sums across lanes, on it; here a pair of a row's values is spread over a
 * vector while it is loaded and meets the pairs of four columns at once, so that sums stay where they
 * are. Measured in V8 on an Intel Xeon: 43 against 27 GMAC/s (floats: 19; with shuffles, 30).
 *
 * Packed columns of eight, as xnn_pack_qs8_gemm_goi_w writes them for nr 8 and kr 2: the sums for the
 * zero point, then for every two rows of the matrix eight pairs; then the scales and the biases. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wasm_simd128.h>

#include "xnnpack/config.h"
#include "xnnpack/gemm.h"
#include "xnnpack/microfnptr.h"
#include "xnnpack/microparams-init.h"
#include "xnnpack/pack.h"

enum {
  kRows = 4,
  kColumns = 8,
  kWidened = 2048 /* values of a row that are made 16 bits wide once for all columns */
};

typedef struct xnn_qd8_quantization_params RowScale;

#define MOTET_ALWAYS_INLINE static inline __attribute__((always_inline))

/* Adds a pair of each row times the pairs of eight columns at `w`. */
MOTET_ALWAYS_INLINE void AddPairs(size_t rows, const v128_t* pairs, const int8_t* w, v128_t (*sums)[2]) {
  const v128_t w0 = wasm_i16x8_load8x8(w), w1 = wasm_i16x8_load8x8(w + 8);
  for (size_t r = 0; r < rows; ++r) {
    sums[r][0] = wasm_i32x4_add(sums[r][0], wasm_i32x4_dot_i16x8(pairs[r], w0));
    sums[r][1] = wasm_i32x4_add(sums[r][1], wasm_i32x4_dot_i16x8(pairs[r], w1));
  }
}

/* `rows` is known at compile time; a tile has `mr` of them, the others are the last one again. */
MOTET_ALWAYS_INLINE void Product(size_t rows, size_t mr, size_t nc, size_t kc, const int8_t* a,
                                 size_t a_stride, const int8_t* w, float* c, size_t cm_stride,
                                 size_t cn_stride, const RowScale* scales) {
  const int8_t* x[kRows];
  float* y[kRows];
  for (size_t r = 0; r < rows; ++r) {
    const size_t row = r < mr ? r : mr - 1;
    x[r] = a + row * a_stride;
    y[r] = (float*)((char*)c + row * cm_stride);
  }
  int16_t wide[kRows][kWidened];
  const size_t whole = kc / 8 * 8, widened = whole < kWidened ? whole : kWidened;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t k = 0; k < widened; k += 8)
      wasm_v128_store(wide[r] + k, wasm_i16x8_load8x8(x[r] + k));
  }
  for (;;) {
    v128_t sums[kRows][2];
    for (size_t r = 0; r < rows; ++r) {
      const v128_t zero = wasm_i32x4_splat(scales[r].zero_point);
      sums[r][0] = wasm_i32x4_mul(wasm_v128_load(w), zero);
      sums[r][1] = wasm_i32x4_mul(wasm_v128_load(w + 16), zero);
    }
    w += kColumns * sizeof(int32_t);
    size_t k = 0;
    for (; k < widened; k += 2, w += 2 * kColumns) {
      v128_t pairs[kRows];
      for (size_t r = 0; r < rows; ++r) pairs[r] = wasm_v128_load32_splat(wide[r] + k);
      AddPairs(rows, pairs, w, sums);
    }
    for (; k < kc; k += 2, w += 2 * kColumns) { /* behind an odd end the matrix is 0 */
      v128_t pairs[kRows];
      for (size_t r = 0; r < rows; ++r)
        pairs[r] = wasm_i16x8_extend_low_i8x16(wasm_v128_load16_splat(x[r] + k));
      AddPairs(rows, pairs, w, sums);
    }
    const float* const column_scales = (const float*)w;
    const float* const biases = column_scales + kColumns;
    w += 2 * kColumns * sizeof(float);
    for (size_t r = rows; r-- > 0;) {
      const v128_t scale = wasm_f32x4_splat(scales[r].inv_scale);
      float z[kColumns];
      float* const to = nc < kColumns ? z : y[r];
      for (size_t half = 0; half < 2; ++half) {
        const v128_t scaled = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sums[r][half]), scale);
        wasm_v128_store(
            to + 4 * half,
            wasm_f32x4_add(wasm_f32x4_mul(scaled, wasm_v128_load(column_scales + 4 * half)),
                           wasm_v128_load(biases + 4 * half)));
      }
      if (nc < kColumns) memcpy(y[r], z, nc * sizeof(float));
      y[r] = (float*)((char*)y[r] + cn_stride);
    }
    if (nc <= kColumns) return;
    nc -= kColumns;
  }
}

static void Product4x8(size_t mr, size_t nc, size_t kc, const int8_t* a, size_t a_stride,
                       const void* w, float* c, size_t cm_stride, size_t cn_stride,
                       const union xnn_f32_minmax_params* params, const RowScale* scales) {
  (void)params;
  Product(4, mr, nc, kc, a, a_stride, w, c, cm_stride, cn_stride, scales);
}

static void Product1x8(size_t mr, size_t nc, size_t kc, const int8_t* a, size_t a_stride,
                       const void* w, float* c, size_t cm_stride, size_t cn_stride,
                       const union xnn_f32_minmax_params* params, const RowScale* scales) {
  (void)params;
  Product(1, mr, nc, kc, a, a_stride, w, c, cm_stride, cn_stride, scales);
}

/* Instead of that in src/configs/gemm-config.c, which gemm_config.h calls by another name. Operators then
 * pack with pack_gemm_goi, and write scales and biases behind it themselves. */
const struct xnn_gemm_config* xnn_init_qd8_f32_qc8w_gemm_config(void) {
  static struct xnn_gemm_config config;
  if (config.mr != 0) return &config;
  config.minmax.dqgemm[0] =
      xnn_init_hmp_dqgemm_ukernel((xnn_dqgemm_ukernel_fn)Product1x8);
  config.minmax.dqgemm[kRows - 1] =
      xnn_init_hmp_dqgemm_ukernel((xnn_dqgemm_ukernel_fn)Product4x8);
  config.init.f32 = xnn_init_f32_minmax_scalar_params;
  config.pack_gemm_goi = (xnn_packw_gemm_goi_ukernel_fn)xnn_pack_qs8_gemm_goi_w;
  config.mr = kRows;
  config.nr = kColumns;
  config.log2_kr = 1;
  return &config;
}
