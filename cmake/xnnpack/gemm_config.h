/* Comes before src/configs/gemm-config.c on WebAssembly.
 *
 * Its question to the browser for the number of cores is answered here, with many, at compile time. On
 * x86, XNNPACK takes the kernels that broadcast while they load (made for AVX) only where it counts
 * more than four cores, and older shuffling ones else. Processors without AVX have become rarer than
 * machines with few cores: measured on a Zen 4, the whole codec gains a fifth. And without the
 * question, the glue of the builds with and without relaxed SIMD, which never asks, is the same.
 *
 * And what the codec never asks for is left out: the kernels of convolutions, each as large as the one
 * of matrix products beside it, and the packing of transposed weights. */
#pragma once

#include <emscripten.h>
#include <xnnpack/config.h>
#include <xnnpack/pack.h>

#undef EM_JS
#define EM_JS(result, name, parameters, ...) \
  static result name parameters { return 64; }

#define xnn_init_hmp_igemm_ukernel(function) ((struct xnn_hmp_igemm_ukernel){0})
#define xnn_pack_f32_gemm_gio_w NULL

/* Ours is in qd8_gemm_wasm.c. */
#define xnn_init_qd8_f32_qc8w_gemm_config xnn_init_unused_qd8_f32_qc8w_gemm_config
