#include "identity.h"

#include <span>

#include "model/fnv1a.h"

namespace motet::exporter {
namespace {

bool DecodingReads(const std::string& name) {
  if (name.starts_with("quantizer.")) return name.find(".input.") == std::string::npos;
  return name.starts_with("decoder.") || name.starts_with("conditioning.");
}

}  // namespace

std::string Identity(const nlohmann::json& config, const Weights& weights) {
  trainer::Fnv1a hash;
  const std::string text = config.dump();
  hash.Add(std::as_bytes(std::span(text)));
  for (const auto& [name, weight] : weights) {
    if (!DecodingReads(name)) continue;
    hash.Add(std::as_bytes(std::span(name)));
    hash.Add(std::as_bytes(std::span(weight.values)));
  }
  return hash.digits();
}

}  // namespace motet::exporter
