#define MOTET_KERNELS portable_kernels
#include "kernels_impl.h"
