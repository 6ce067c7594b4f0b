// The range coder of docs/FORMAT.md, "Entropy coding": 48 bits, with carry (Martin, "Range
// encoding", 1979). All numbers stay below 2^53, so that it can be written with doubles, too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace motet::core {

// Weights of the 256 codes, each 1 or more, and their sum, which is below 2^24.
struct CodeWeights {
  std::array<uint32_t, 256> weight;
  uint32_t sum;
};

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
  // Of other symbols, few enough to add up their weights.
  static Part PartOf(std::span<const uint32_t> weights, size_t symbol);

  void Encode(Part part);
  void Encode(const CodeWeights& weights, uint8_t code) { Encode(PartOf(weights, code)); }
  // Ends the coded number with as few bytes as tell it from others: at least one in all.
  void Finish();

 private:
  void AddToLow(uint64_t value);
  void PutByte();

  std::vector<uint8_t>* out_;
  size_t begin_;  // where its bytes begin in *out_
  uint64_t low_ = 0;
  uint64_t range_ = (uint64_t{1} << 48) - 1;
};

// Any bytes decode to some codes; after the last byte zeros are read.
class RangeDecoder {
 public:
  explicit RangeDecoder(std::span<const uint8_t> bytes);

  uint8_t Decode(const CodeWeights& weights);
  size_t Decode(std::span<const uint32_t> weights);

 private:
  void Narrow(uint64_t unit, uint64_t below, uint32_t weight);
  void TakeByte();

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  uint64_t code_ = 0;  // the number minus the encoder's low_
  uint64_t range_ = (uint64_t{1} << 48) - 1;
};

}  // namespace motet::core
