// Counts what this program allocates: by replacing malloc (glibc), by the address sanitizer's
// hooks, or elsewhere by replacing `new`, and XNNPACK's own besides. For test programs of their
// own.
#pragma once

#include <cstdint>

namespace motet::testing {

struct Allocations {
  int64_t count = 0;
  int64_t bytes = 0;  // asked for, in all: what was freed counts as well
};

// Since the program began.
Allocations AllocationsSoFar();

// To be called first: XNNPACK takes the first allocator that it is given. False if it refuses.
bool CountXnnpackAllocations();

}  // namespace motet::testing
