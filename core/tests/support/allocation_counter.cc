#include "allocation_counter.h"

#include <xnnpack.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "sanitizer.h"

namespace {

std::atomic<int64_t> count{0};
std::atomic<int64_t> bytes{0};

void Count(size_t size) {
  ++count;
  bytes += static_cast<int64_t>(size);
}

}  // namespace

#if MOTET_ADDRESS_SANITIZER
#define MOTET_COUNTS_MALLOC 1
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, size_t),
                                                         void (*)(const volatile void*));
namespace {
const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, size_t size) { Count(size); }, [](const volatile void*) {});
}
#elif defined(__GLIBC__)
#define MOTET_COUNTS_MALLOC 1
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t size) {
  Count(size);
  return __libc_malloc(size);
}
void* calloc(size_t number, size_t size) {
  Count(number * size);
  return __libc_calloc(number, size);
}
void* realloc(void* memory, size_t size) {
  Count(size);
  return __libc_realloc(memory, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  Count(size);
  return __libc_memalign(alignment, size);
}
void* memalign(size_t alignment, size_t size) {
  Count(size);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, size_t alignment, size_t size) {
  Count(size);
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? 12 : 0;
}
}
#else
void* operator new(size_t size) {
  Count(size);
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void* operator new(size_t size, std::align_val_t alignment) {
  Count(size);
  const auto align = static_cast<size_t>(alignment);
  void* memory = std::aligned_alloc(align, (size + align - 1) / align * align);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace motet::testing {

Allocations AllocationsSoFar() { return {count, bytes}; }

bool CountXnnpackAllocations() {
#if defined(MOTET_COUNTS_MALLOC)
  return xnn_initialize(nullptr) == xnn_status_success;  // which asks malloc
#else
  const xnn_allocator counted = {
      nullptr,
      [](void*, size_t size) {
        Count(size);
        return std::malloc(size);
      },
      [](void*, void* memory, size_t size) {
        Count(size);
        return std::realloc(memory, size);
      },
      [](void*, void* memory) { std::free(memory); },
      [](void*, size_t alignment, size_t size) {
        Count(size);
        return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
      },
      [](void*, void* memory) { std::free(memory); },
  };
  return xnn_initialize(&counted) == xnn_status_success;
#endif
}

}  // namespace motet::testing
