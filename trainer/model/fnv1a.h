// Fowler, Noll, Vo: FNV-1a, 64 bits (RFC 9923). Models are told apart by it (docs/FORMAT.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

namespace motet::trainer {

class Fnv1a {
 public:
  void Add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) {
      hash_ = (hash_ ^ static_cast<uint64_t>(b)) * 0x100000001B3U;
    }
  }
  // 16 hexadecimal digits.
  std::string digits() const {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash_));
    return text;
  }

 private:
  uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace motet::trainer
