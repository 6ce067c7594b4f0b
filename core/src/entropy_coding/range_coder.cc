#include "entropy_coding/range_coder.h"

#include <algorithm>

namespace motet::core {
namespace {

constexpr int kBits = 48;
constexpr uint64_t kTop = uint64_t{1} << kBits;
constexpr uint64_t kLeastRange = kTop >> 8;

}  // namespace

RangeEncoder::Part RangeEncoder::PartOf(const CodeWeights& weights, uint8_t code) {
  uint32_t below = 0;
  for (size_t i = 0; i < code; ++i) below += weights.weight[i];
  return {.below = below, .weight = weights.weight[code], .sum = weights.sum};
}

RangeEncoder::Part RangeEncoder::PartOf(std::span<const uint32_t> weights, size_t symbol) {
  Part part{.below = 0, .weight = weights[symbol], .sum = 0};
  for (size_t i = 0; i < weights.size(); ++i) {
    if (i == symbol) part.below = part.sum;
    part.sum += weights[i];
  }
  return part;
}

void RangeEncoder::Encode(Part part) {
  const uint64_t unit = range_ / part.sum;
  AddToLow(unit * part.below);
  range_ = unit * part.weight;
  for (; range_ < kLeastRange; range_ <<= 8) PutByte();
}

void RangeEncoder::Finish() {
  const uint64_t last = low_ + range_ - 1;
  for (int kept = 0;; kept += 8) {
    const uint64_t step = kTop >> kept;
    const uint64_t end = (low_ + step - 1) / step * step;
    if (end > last) continue;
    AddToLow(end - low_);
    for (int bits = 0; bits < kept; bits += 8) PutByte();
    break;
  }
  while (out_->size() > begin_ && out_->back() == 0) out_->pop_back();
  if (out_->size() == begin_) out_->push_back(0);
}

void RangeEncoder::AddToLow(uint64_t value) {
  low_ += value;
  if (low_ < kTop) return;
  low_ -= kTop;
  // The coded number is below 1: some byte before takes the carry.
  for (size_t i = out_->size(); i > begin_ && ++(*out_)[i - 1] == 0; --i) {
  }
}

void RangeEncoder::PutByte() {
  out_->push_back(static_cast<uint8_t>(low_ >> (kBits - 8)));
  low_ = low_ << 8 & (kTop - 1);
}

RangeDecoder::RangeDecoder(std::span<const uint8_t> bytes) : bytes_(bytes) {
  for (int bits = 0; bits < kBits; bits += 8) TakeByte();
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

size_t RangeDecoder::Decode(std::span<const uint32_t> weights) {
  uint64_t sum = 0, below = 0;
  for (const uint32_t weight : weights) sum += weight;  // each is 1 or more
  const uint64_t unit = range_ / sum;                   // NOLINT(clang-analyzer-core.DivideZero)
  size_t symbol = 0;
  // Most symbols are flags: products of the unit take less time than another division.
  while (symbol + 1 < weights.size() && code_ >= unit * (below + weights[symbol]))
    below += weights[symbol++];
  Narrow(unit, below, weights[symbol]);
  return symbol;
}

void RangeDecoder::Narrow(uint64_t unit, uint64_t below, uint32_t weight) {
  range_ = unit * weight;
  code_ = std::min(code_ - unit * below, range_ - 1);  // beyond it only in bytes that nobody wrote
  for (; range_ < kLeastRange; range_ <<= 8) TakeByte();
}

void RangeDecoder::TakeByte() {
  code_ = code_ << 8 | (at_ < bytes_.size() ? bytes_[at_] : 0);
  ++at_;
}

}  // namespace motet::core
