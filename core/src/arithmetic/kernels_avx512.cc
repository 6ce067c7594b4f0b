#define MOTET_KERNELS avx512_kernels
#include "kernels_impl.h"
