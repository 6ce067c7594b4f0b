#include "data/split.h"

#include <stdexcept>
#include <string>

namespace motet::data {

std::string_view SplitName(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
  }
  return "train";
}

Split ParseSplit(std::string_view name) {
  for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    if (name == SplitName(split)) return split;
  }
  throw std::runtime_error("unknown split '" + std::string(name) +
                           "' (known: train, validation, test)");
}

Split SplitOf(std::string_view key) {
  const std::uint64_t bucket = Fnv1a64(key.data(), key.size()) % 100;
  if (bucket < 90) return Split::kTrain;
  return bucket < 95 ? Split::kValidation : Split::kTest;
}

std::uint64_t Fnv1a64(const void* bytes, std::size_t size, std::uint64_t state) {
  constexpr std::uint64_t kPrime = 0x100000001b3u;
  const auto* byte = static_cast<const unsigned char*>(bytes);
  for (std::size_t i = 0; i < size; ++i) state = (state ^ byte[i]) * kPrime;
  return state;
}

}  // namespace motet::data
