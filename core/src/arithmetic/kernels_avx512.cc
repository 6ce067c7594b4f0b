#define MOTET_KERNELS avx512_kernels
#include "arithmetic/kernels_impl.h"
