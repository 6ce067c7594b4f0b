#define MOTET_KERNELS avx2_kernels
#include "arithmetic/kernels_impl.h"
