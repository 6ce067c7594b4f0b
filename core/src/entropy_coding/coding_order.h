// In which order the codes of a page are entropy-coded, and from which others each is predicted
// (docs/FORMAT.md, "Entropy coding").
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "model_config/model_config.h"

namespace motet::core {

// A code that is known, relative to the packet of the one that is coded.
struct ContextCode {
  size_t quantizer = 0;          // of ModelConfig::quantizers()
  std::optional<size_t> offset;  // in its packet; none if the quality leaves the code out
  size_t packets_back = 0;       // 0 = the same packet
};

struct CodingSlot {
  size_t quantizer = 0;  // whose code is coded
  size_t offset = 0;     // in the packet
  std::vector<ContextCode> context;
};

// The codes of one packet of `quality`, in the order of coding.
std::vector<CodingSlot> CodingOrder(const ModelConfig& config, int quality);

// The quantizers whose codes the network of a quantizer sees, whatever the frame and quality.
std::vector<size_t> ContextQuantizers(const ModelConfig& config, size_t quantizer);

}  // namespace motet::core
