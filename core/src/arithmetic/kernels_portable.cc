#define MOTET_KERNELS portable_kernels
#include "arithmetic/kernels_impl.h"
