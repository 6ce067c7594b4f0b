// What every fuzz target has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

// libFuzzer's entry point: whatever the bytes, it returns, and what it promises of them holds.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace motet::fuzz {

// Makes the checksums right again in bytes that were changed, so that what lies behind them is
// reached.
void RepairChecksums(std::span<uint8_t> bytes);

// A promise.
inline void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace motet::fuzz
