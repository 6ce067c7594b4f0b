#define MOTET_KERNELS avx512vnni_kernels
#include "arithmetic/kernels_impl.h"
