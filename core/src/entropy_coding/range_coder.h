// The range coder of docs/FORMAT.md, "Entropy coding": 48 bits, with carry (Martin, "Range
// encoding", 1979). All numbers stay below 2^53, so that it can be written with doubles, too.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "entropy_coding/divisor.h"

namespace motet::core {

inline constexpr int kRangeBits = 48;
inline constexpr uint64_t kRangeTop = uint64_t{1} << kRangeBits;
inline constexpr uint64_t kLeastRange = kRangeTop >> 8;

// Weights of the 256 codes, each 1 or more, and their sum, which is below 2^24.
struct CodeWeights {
  std::array<uint32_t, 256> weight;
  uint32_t sum;
};

// Weights of a few symbols, each 1 or more, and their sum.
struct SymbolWeights {
  std::span<const uint32_t> weight;
  const Divisor& sum;
};

// What is called for every symbol is inline: a caller that works on a copy of its own then has it
// in registers.
class RangeEncoder {
 public:
  // Appends to `out`, which stays the caller's.
  explicit RangeEncoder(std::vector<uint8_t>* out) : out_(out), begin_(out->size()) {}

  // A code's part of the weights: what lies below it, its own, and the sum of all.
  struct Part {
    uint32_t below;
    uint32_t weight;
    uint32_t sum;
  };
  static Part PartOf(const CodeWeights& weights, uint8_t code);

  void Encode(Part part) { Narrow(range_ / part.sum, part.below, part.weight); }
  void Encode(const CodeWeights& weights, uint8_t code) { Encode(PartOf(weights, code)); }
  void Encode(const SymbolWeights& weights, size_t symbol) {
    uint32_t below = 0;
    for (size_t i = 0; i < symbol; ++i) below += weights.weight[i];
    Narrow(weights.sum.Divide(range_), below, weights.weight[symbol]);
  }
  // The first symbol of two, or the second.
  void EncodeFlag(const SymbolWeights& weights, bool second) {
    const uint64_t unit = weights.sum.Divide(range_), first = unit * weights.weight[0];
    range_ = first;
    if (second) {
      AddToLow(first);
      range_ = unit * weights.weight[1];
    }
    Fill();
  }
  // Ends the coded number with as few bytes as tell it from others: at least one in all.
  void Finish();

 private:
  void Narrow(uint64_t unit, uint32_t below, uint32_t weight) {
    AddToLow(unit * below);
    range_ = unit * weight;
    Fill();
  }
  void Fill() {
    for (; range_ < kLeastRange; range_ <<= 8) PutByte();
  }
  void AddToLow(uint64_t value) {
    low_ += value;
    if (low_ < kRangeTop) return;
    low_ -= kRangeTop;
    // The coded number is below 1: some byte before takes the carry.
    for (size_t i = out_->size(); i > begin_ && ++(*out_)[i - 1] == 0; --i) {
    }
  }
  void PutByte() {
    out_->push_back(static_cast<uint8_t>(low_ >> (kRangeBits - 8)));
    low_ = low_ << 8 & (kRangeTop - 1);
  }

  std::vector<uint8_t>* out_;
  size_t begin_;  // where its bytes begin in *out_
  uint64_t low_ = 0;
  uint64_t range_ = kRangeTop - 1;
};

// Any bytes decode to some codes; after the last byte zeros are read.
class RangeDecoder {
 public:
  explicit RangeDecoder(std::span<const uint8_t> bytes);

  uint8_t Decode(const CodeWeights& weights);
  size_t Decode(const SymbolWeights& weights) {
    const uint64_t unit = weights.sum.Divide(range_);
    uint64_t below = 0;
    size_t symbol = 0;
    // Products of the unit take less time than a division.
    while (symbol + 1 < weights.weight.size() && code_ >= unit * (below + weights.weight[symbol]))
      below += weights.weight[symbol++];
    Narrow(unit, below, weights.weight[symbol]);
    return symbol;
  }
  bool DecodeFlag(const SymbolWeights& weights) {
    const uint64_t unit = weights.sum.Divide(range_), first = unit * weights.weight[0];
    const bool second = code_ >= first;
    if (second) {
      Narrow(unit, weights.weight[0], weights.weight[1]);
    } else {
      range_ = first;
      Fill();
    }
    return second;
  }

 private:
  void Narrow(uint64_t unit, uint64_t below, uint32_t weight) {
    range_ = unit * weight;
    code_ = std::min(code_ - unit * below, range_ - 1);  // beyond it only in bytes nobody wrote
    Fill();
  }
  void Fill() {
    for (; range_ < kLeastRange; range_ <<= 8) TakeByte();
  }
  void TakeByte() {
    code_ = code_ << 8 | (at_ < bytes_.size() ? bytes_[at_] : 0);
    ++at_;
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  uint64_t code_ = 0;  // the number minus the encoder's low_
  uint64_t range_ = kRangeTop - 1;
};

}  // namespace motet::core
