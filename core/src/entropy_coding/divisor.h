// Division by a number that stays the same.
#pragma once

#include <bit>
#include <cstdint>

// Where the target has the product of 64 bits by 64; WebAssembly does not.
#if defined(__SIZEOF_INT128__) && !defined(__wasm__)
#define MOTET_WIDE_PRODUCTS
#endif

namespace motet::core {

#if defined(MOTET_WIDE_PRODUCTS)
__extension__ using Wide = unsigned __int128;

// As a product, rounded up (Granlund and Montgomery, "Division by invariant integers using
// multiplication", 1994, theorem 4.2).
class Divisor {
 public:
  Divisor() = default;  // of nothing
  // `value` is 2 or more.
  explicit Divisor(uint32_t value)
      : shift_(std::bit_width(value - 1) - 1),
        inverse_(static_cast<uint64_t>(((Wide{1} << (64 + shift_)) + value - 1) / value)) {}

  // x / value, rounded down, for x below 2^48.
  uint64_t Divide(uint64_t x) const {
    return static_cast<uint64_t>(Wide{x} * inverse_ >> 64) >> shift_;
  }

 private:
  int shift_ = 0;
  uint64_t inverse_ = 0;
};
#else
class Divisor {
 public:
  Divisor() = default;
  explicit Divisor(uint32_t value) : value_(value) {}

  uint64_t Divide(uint64_t x) const { return x / value_; }

 private:
  uint32_t value_ = 1;
};
#endif

}  // namespace motet::core
