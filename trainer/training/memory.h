// How a program that trains keeps its memory.
#pragma once

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>

#include <limits>
#endif

namespace motet::trainer {

// Steps take and give back the same large blocks. glibc would return each to the system and have it
// cleared anew, which takes a tenth of a step; after this the process keeps them.
inline void KeepMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace motet::trainer
