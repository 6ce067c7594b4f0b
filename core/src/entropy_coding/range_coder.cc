#include "entropy_coding/range_coder.h"

#include <algorithm>

namespace motet::core {

RangeEncoder::Part RangeEncoder::PartOf(const CodeWeights& weights, uint8_t code) {
  uint32_t below = 0;
  for (size_t i = 0; i < code; ++i) below += weights.weight[i];
  return {.below = below, .weight = weights.weight[code], .sum = weights.sum};
}

void RangeEncoder::Finish() {
  const uint64_t last = low_ + range_ - 1;
  for (int kept = 0;; kept += 8) {
    const uint64_t step = kRangeTop >> kept;
    const uint64_t end = (low_ + step - 1) / step * step;
    if (end > last) continue;
    AddToLow(end - low_);
    for (int bits = 0; bits < kept; bits += 8) PutByte();
    break;
  }
  while (out_->size() > begin_ && out_->back() == 0) out_->pop_back();
  if (out_->size() == begin_) out_->push_back(0);
}

RangeDecoder::RangeDecoder(std::span<const uint8_t> bytes) : bytes_(bytes) {
  for (int bits = 0; bits < kRangeBits; bits += 8) TakeByte();
}

uint8_t RangeDecoder::Decode(const CodeWeights& weights) {
  const uint64_t unit = range_ / weights.sum;
  const uint64_t value = std::min<uint64_t>(code_ / unit, weights.sum - 1);
  uint64_t below = 0;
  size_t code = 0;
  // Sixteen at a time; the last weights hold `value` for certain.
  constexpr size_t kBlock = 16;
  for (; code < weights.weight.size() - kBlock; code += kBlock) {
    uint32_t block = 0;
    for (size_t i = 0; i < kBlock; ++i) block += weights.weight[code + i];
    if (below + block > value) break;
    below += block;
  }
  while (below + weights.weight[code] <= value) below += weights.weight[code++];
  Narrow(unit, below, weights.weight[code]);
  return static_cast<uint8_t>(code);
}

}  // namespace motet::core
