/* The part of cpuinfo's interface that XNNPACK needs to choose kernels of f32 and of int8, over the compiler's own
 * processor check. The library itself is not used: distributions carry versions that lack functions
 * XNNPACK calls, and it would be one more dependency of everyone who links motet::core.
 *
 * Half-precision extensions, and the matrix extensions of ARM, are reported as absent: their kernels
 * are not built. */
#ifndef MOTET_XNNPACK_CPUINFO_H_
#define MOTET_XNNPACK_CPUINFO_H_

#include <stdbool.h>
#include <stdint.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

/* Tuning for single processor models is not used: every machine with the same instruction sets runs
 * the same kernels, so results are easier to reproduce. The models are named because XNNPACK asks for
 * them by name. */
enum cpuinfo_uarch {
  cpuinfo_uarch_unknown = 0,
  cpuinfo_uarch_zen,
  cpuinfo_uarch_zen4,
  cpuinfo_uarch_dhyana,
  cpuinfo_uarch_cortex_a5,
  cpuinfo_uarch_cortex_a7,
  cpuinfo_uarch_cortex_a32,
  cpuinfo_uarch_cortex_a35,
  cpuinfo_uarch_cortex_a53,
  cpuinfo_uarch_cortex_a55r0,
  cpuinfo_uarch_cortex_a55,
  cpuinfo_uarch_cortex_a57,
  cpuinfo_uarch_cortex_a72,
  cpuinfo_uarch_cortex_a73,
  cpuinfo_uarch_cortex_a75,
  cpuinfo_uarch_cortex_a76,
  cpuinfo_uarch_cortex_a77,
  cpuinfo_uarch_cortex_a78,
  cpuinfo_uarch_cortex_a510,
  cpuinfo_uarch_cortex_a710,
  cpuinfo_uarch_cortex_a715,
  cpuinfo_uarch_cortex_x1,
  cpuinfo_uarch_cortex_x2,
  cpuinfo_uarch_cortex_x3,
  cpuinfo_uarch_neoverse_n1,
  cpuinfo_uarch_neoverse_n2,
  cpuinfo_uarch_neoverse_v1,
  cpuinfo_uarch_neoverse_v2,
  cpuinfo_uarch_krait,
  cpuinfo_uarch_kryo,
  cpuinfo_uarch_exynos_m1,
  cpuinfo_uarch_exynos_m2,
  cpuinfo_uarch_exynos_m3,
  cpuinfo_uarch_exynos_m4,
  cpuinfo_uarch_exynos_m5,
};
struct cpuinfo_core {
  enum cpuinfo_uarch uarch;
};
struct cpuinfo_uarch_info {
  enum cpuinfo_uarch uarch;
};
static inline const struct cpuinfo_core* cpuinfo_get_core(uint32_t index) {
  static const struct cpuinfo_core core = {cpuinfo_uarch_unknown};
  (void)index;
  return &core;
}
/* One kind of core, whatever the machine has: threads may move between them. */
static inline const struct cpuinfo_uarch_info* cpuinfo_get_uarch(uint32_t index) {
  static const struct cpuinfo_uarch_info kind = {cpuinfo_uarch_unknown};
  return index == 0 ? &kind : (const struct cpuinfo_uarch_info*)0;
}
static inline uint32_t cpuinfo_get_current_uarch_index_with_default(uint32_t index) {
  (void)index;
  return 0;
}

static inline bool cpuinfo_initialize(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_cpu_init();
#endif
  return true;
}

#if defined(__x86_64__) || defined(__i386__)

/* These answers include whether the operating system saves the wider registers. */
static inline bool cpuinfo_has_x86_sse2(void) { return __builtin_cpu_supports("sse2"); }
static inline bool cpuinfo_has_x86_ssse3(void) { return __builtin_cpu_supports("ssse3"); }
static inline bool cpuinfo_has_x86_sse4_1(void) { return __builtin_cpu_supports("sse4.1"); }
static inline bool cpuinfo_has_x86_avx(void) { return __builtin_cpu_supports("avx"); }
static inline bool cpuinfo_has_x86_avx2(void) { return __builtin_cpu_supports("avx2"); }
static inline bool cpuinfo_has_x86_fma3(void) { return __builtin_cpu_supports("fma"); }
/* Every processor with AVX2 has F16C, and not every compiler knows the name "f16c" here. */
static inline bool cpuinfo_has_x86_f16c(void) { return __builtin_cpu_supports("avx2"); }
static inline bool cpuinfo_has_x86_avx512f(void) { return __builtin_cpu_supports("avx512f"); }
static inline bool cpuinfo_has_x86_avx512bw(void) { return __builtin_cpu_supports("avx512bw"); }
static inline bool cpuinfo_has_x86_avx512dq(void) { return __builtin_cpu_supports("avx512dq"); }
static inline bool cpuinfo_has_x86_avx512vl(void) { return __builtin_cpu_supports("avx512vl"); }
static inline bool cpuinfo_has_x86_avx512vbmi(void) { return __builtin_cpu_supports("avx512vbmi"); }
static inline bool cpuinfo_has_x86_avx512vnni(void) { return __builtin_cpu_supports("avx512vnni"); }

/* Not every compiler knows the names of these. Beside AVX2 the first two need no more of the operating
 * system; for the tiles of the third XNNPACK asks it itself. */
static inline bool cpuinfo_has_x86_avxvnni(void) {
  unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & (1u << 4)) != 0;
}
static inline bool cpuinfo_has_x86_gfni(void) {
  unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1u << 8)) != 0;
}
static inline bool cpuinfo_has_x86_amx_int8(void) {
  const unsigned int tiles_and_int8 = 3u << 24;
  unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 &&
         (edx & tiles_and_int8) == tiles_and_int8;
}

#elif defined(__aarch64__)

/* Advanced SIMD with fused multiply-add is part of the base architecture. */
static inline bool cpuinfo_has_arm_vfpv3(void) { return true; }
static inline bool cpuinfo_has_arm_neon(void) { return true; }
static inline bool cpuinfo_has_arm_neon_fp16(void) { return true; }
static inline bool cpuinfo_has_arm_neon_fma(void) { return true; }
static inline bool cpuinfo_has_arm_neon_v8(void) { return true; }
static inline bool cpuinfo_has_arm_fp16_arith(void) { return false; }
static inline bool cpuinfo_has_arm_neon_fp16_arith(void) { return false; }
static inline bool cpuinfo_has_arm_neon_bf16(void) { return false; }
static inline bool cpuinfo_has_arm_neon_dot(void) {
#if defined(__APPLE__)
  return true;
#elif defined(__linux__)
  return (getauxval(AT_HWCAP) & (1ul << 20)) != 0; /* HWCAP_ASIMDDP */
#else
  return false;
#endif
}
static inline bool cpuinfo_has_arm_i8mm(void) { return false; }
static inline bool cpuinfo_has_arm_sve(void) { return false; }
static inline bool cpuinfo_has_arm_sve2(void) { return false; }
static inline bool cpuinfo_has_arm_sme(void) { return false; }
static inline bool cpuinfo_has_arm_sme2(void) { return false; }

#endif

#endif /* MOTET_XNNPACK_CPUINFO_H_ */
