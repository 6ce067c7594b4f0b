#include "data/split.h"

#include <span>
#include <stdexcept>
#include <string>

#include "model/fnv1a.h"

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
  trainer::Fnv1a hash;
  hash.Add(std::as_bytes(std::span(key)));
  const std::uint64_t bucket = hash.value() % 100;
  if (bucket < 90) return Split::kTrain;
  return bucket < 95 ? Split::kValidation : Split::kTest;
}

}  // namespace motet::data
