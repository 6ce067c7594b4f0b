#define MOTET_KERNELS avx2_kernels
#include "kernels_impl.h"
