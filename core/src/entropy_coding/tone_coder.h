// Entropy coding of the tones of packets (docs/FORMAT.md, "Tones").
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "entropy_coding/range_coder.h"
#include "entropy_coding/symbol_table.h"
#include "model_config/tone_symbols.h"
#include "model_file/weights.h"
#include "motet/status.h"

namespace motet::core {

class ToneCoder {
 public:
  // From the tensors entropy.tones.* of a model with tones, whose file is called `name`:
  // kModelMismatch or kCorrupt with the tensor at fault.
  static Result<ToneCoder> Create(Weights& weights, const TonesConfig& tones,
                                  const std::string& name);

  // Whether bytes of a packet's tones are such as an encoder writes: only those can be coded.
  bool CanCode(const uint8_t* bytes) const;

  // Codes packets one after another, from the first one of a page on.
  class Sequence {
   public:
    Sequence(const ToneCoder& coder, RangeEncoder* out) : coder_(coder), out_(out) {}
    Sequence(const ToneCoder& coder, RangeDecoder* in) : coder_(coder), in_(in) {}
    // The bytes of a packet's tones, which CanCode says can be coded.
    void Encode(const uint8_t* bytes);
    void Decode(uint8_t* bytes);

   private:
    using Tones = std::array<Tone, TonesConfig::kMaxLines>;

    // Of this packet, or of one before it.
    std::span<Tone> Of(size_t packets_back) {
      const size_t index = (newest_ + tones_.size() - packets_back) % tones_.size();
      return std::span(tones_[index]).first(coder_.lines());
    }
    template <typename Code>
    void Walk(const Code& code);

    const ToneCoder& coder_;
    RangeEncoder* out_ = nullptr;
    RangeDecoder* in_ = nullptr;
    std::array<Tones, 3> tones_;
    size_t newest_ = 0;  // of them
  };

 private:
  size_t lines() const { return static_cast<size_t>(config_.lines); }
  SymbolWeights WeightsOf(ToneSymbol kind, size_t context) const {
    return tables_[static_cast<size_t>(kind)].Of(context);
  }

  TonesConfig config_;
  std::array<SymbolTable, kToneSymbols> tables_;
};

}  // namespace motet::core
