#include "identity.h"

#include <cstdio>
#include <span>

namespace motet::exporter {
namespace {

// Fowler, Noll, Vo: FNV-1a, 64 bits (RFC 9923).
class Fnv1a {
 public:
  void Add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) {
      hash_ = (hash_ ^ static_cast<uint64_t>(b)) * 0x100000001B3U;
    }
  }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 0xCBF29CE484222325U;
};

bool DecodingReads(const std::string& name) {
  if (name.starts_with("quantizer.")) return name.find(".input.") == std::string::npos;
  return name.starts_with("decoder.") || name.starts_with("conditioning.");
}

}  // namespace

std::string Identity(const nlohmann::json& config, const Weights& weights) {
  Fnv1a hash;
  const std::string text = config.dump();
  hash.Add(std::as_bytes(std::span(text)));
  for (const auto& [name, weight] : weights) {
    if (!DecodingReads(name)) continue;
    hash.Add(std::as_bytes(std::span(name)));
    hash.Add(std::as_bytes(std::span(weight.values)));
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash.hash()));
  return digits;
}

}  // namespace motet::exporter
