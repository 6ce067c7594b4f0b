// Entropy coding of the levels of bands of packets (docs/FORMAT.md, "Levels of bands").
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "entropy_coding/range_coder.h"
#include "entropy_coding/symbol_table.h"
#include "model_config/band_symbols.h"
#include "model_file/weights.h"
#include "motet/status.h"

namespace motet::core {

class BandCoder {
 public:
  // From the tensor entropy.bands.levels of a model with levels of bands, whose file is called
  // `name`: kModelMismatch or kCorrupt with the tensor at fault.
  static Result<BandCoder> Create(Weights& weights, const BandsConfig& bands,
                                  const std::string& name);

  // Whether bytes of a packet's levels are such as an encoder writes: only those can be coded.
  bool CanCode(const uint8_t* bytes) const;

  // Codes packets one after another, from the first one of a page on.
  class Sequence {
   public:
    Sequence(const BandCoder& coder, RangeEncoder* out) : coder_(coder), out_(out) {}
    Sequence(const BandCoder& coder, RangeDecoder* in) : coder_(coder), in_(in) {}
    // The bytes of a packet's levels, which CanCode says can be coded.
    void Encode(const uint8_t* bytes);
    void Decode(uint8_t* bytes);

   private:
    using Levels = std::array<uint8_t, BandsConfig::kMaxCount>;

    std::span<uint8_t> OfBands(Levels& levels) const {
      return std::span(levels).first(coder_.count_);
    }
    template <typename Code>
    void Walk(const Code& code);

    const BandCoder& coder_;
    RangeEncoder* out_ = nullptr;
    RangeDecoder* in_ = nullptr;
    // Of this packet, of the one before, of the one before that.
    std::array<Levels, 3> levels_ = {};
  };

 private:
  size_t count_ = 0;  // of bands
  SymbolTable table_;
};

}  // namespace motet::core
