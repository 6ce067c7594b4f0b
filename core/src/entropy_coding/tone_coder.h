// Entropy coding of the tones of packets (docs/FORMAT.md, "Tones").
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "entropy_coding/range_coder.h"
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

    std::span<Tone> OfLines(Tones& tones) const { return std::span(tones).first(coder_.lines()); }
    void Walk();

    const ToneCoder& coder_;
    RangeEncoder* out_ = nullptr;
    RangeDecoder* in_ = nullptr;
    std::array<Tones, 3> tones_;  // of this packet, of the one before, of the one before that
  };

 private:
  size_t lines() const { return static_cast<size_t>(config_.lines); }
  std::span<const uint32_t> WeightsOf(ToneSymbol kind, size_t context) const;

  TonesConfig config_;
  std::array<ToneTable, kToneSymbols> described_;
  std::array<std::vector<uint32_t>, kToneSymbols> weights_;  // context after context
};

}  // namespace motet::core
