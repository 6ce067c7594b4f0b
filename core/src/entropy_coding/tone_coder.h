// Entropy coding of the tones of packets (docs/FORMAT.md, "Tones").
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

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
    void Walk(std::span<uint8_t> levels);

    const ToneCoder& coder_;
    RangeEncoder* out_ = nullptr;
    RangeDecoder* in_ = nullptr;
    std::array<uint8_t, TonesConfig::kMaxLines> before_ = NoTones();
  };

 private:
  static std::array<uint8_t, TonesConfig::kMaxLines> NoTones();
  size_t lines() const { return static_cast<size_t>(tones_.lines); }
  std::span<const uint32_t> WeightsOf(ToneSymbol kind, size_t context) const;

  TonesConfig tones_;
  std::array<std::array<uint32_t, 2>, kToneFlagContexts> flags_;
  std::array<std::array<uint32_t, TonesConfig::kLevels>, kToneLevelContexts> levels_;
};

}  // namespace motet::core
