// The hash FNV-1a of 64 bits (Fowler, Noll, Vo; RFC 9923): of the identity of models
// (docs/FORMAT.md), of the split and the tracks of a dataset. No LibTorch here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

namespace motet::trainer {

class Fnv1a {
 public:
  // Goes on over `bytes`: the hash of pieces is that of the whole.
  void Add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) {
      hash_ = (hash_ ^ static_cast<uint64_t>(b)) * 0x100000001B3U;
    }
  }
  uint64_t value() const { return hash_; }
  // The value as 16 hexadecimal digits.
  std::string digits() const {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash_));
    return text;
  }

 private:
  uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace motet::trainer
