#include "arithmetic/kernels.h"

namespace motet::core {

extern const Kernels portable_kernels;
#if defined(MOTET_X86_KERNELS)  // set by the build where the files are compiled with their own
                                // flags
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;
extern const Kernels avx512vnni_kernels;
#endif

size_t AllKernels(const Kernels* sets[kKernelSets]) {
  size_t count = 0;
  sets[count++] = &portable_kernels;
#if defined(MOTET_X86_KERNELS)
  if (__builtin_cpu_supports("avx2")) sets[count++] = &avx2_kernels;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    sets[count++] = &avx512_kernels;
    if (__builtin_cpu_supports("avx512vnni")) sets[count++] = &avx512vnni_kernels;
  }
#endif
  return count;
}

const Kernels& BestKernels() {
  static const Kernels* const best = [] {
    const Kernels* sets[kKernelSets];
    return sets[AllKernels(sets) - 1];
  }();
  return *best;
}

}  // namespace motet::core
