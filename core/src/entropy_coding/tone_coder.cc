#include "entropy_coding/tone_coder.h"

#include <algorithm>
#include <utility>

namespace motet::core {

Result<ToneCoder> ToneCoder::Create(Weights& weights, const TonesConfig& tones,
                                    const std::string& name) {
  ToneCoder coder;
  coder.config_ = tones;
  const std::array<ToneTable, kToneSymbols> described = ToneTables(tones);
  for (size_t kind = 0; kind < kToneSymbols; ++kind) {
    const ToneTable& of = described[kind];
    if (of.contexts == 0) continue;
    Result<SymbolTable> table =
        SymbolTable::Read(weights, of.tensor(), of.contexts, of.symbols, name);
    if (!table.ok()) return table.status();
    coder.tables_[kind] = std::move(*table);
  }
  return coder;
}

bool ToneCoder::CanCode(const uint8_t* bytes) const { return AreWrittenTones(config_, bytes); }

template <typename Code>
void ToneCoder::Sequence::Walk(const Code& code) {
  WalkTones(coder_.config_, Of(2), Of(1), Of(0), code);
  newest_ = (newest_ + 1) % tones_.size();
}

// Most of a packet's symbols are flags of its lines: the coder is copied for their sake, so that it
// stays in registers.
void ToneCoder::Sequence::Encode(const uint8_t* bytes) {
  ReadTones(coder_.config_, bytes, Of(0));
  RangeEncoder out = *out_;
  Walk([&](ToneSymbol kind, size_t context, size_t symbol) {
    const SymbolWeights weights = coder_.WeightsOf(kind, context);
    if (kind == ToneSymbol::kFlag) {
      out.EncodeFlag(weights, symbol != 0);
    } else {
      out.Encode(weights, symbol);
    }
    return symbol;
  });
  *out_ = out;
}

void ToneCoder::Sequence::Decode(uint8_t* bytes) {
  RangeDecoder in = *in_;
  const std::span<Tone> tones = Of(0);
  Walk([&](ToneSymbol kind, size_t context, size_t /*symbol*/) {
    const SymbolWeights weights = coder_.WeightsOf(kind, context);
    if (kind == ToneSymbol::kFlag) return in.DecodeFlag(weights) ? size_t{1} : size_t{0};
    return in.Decode(weights);
  });
  *in_ = in;
  WriteTones(coder_.config_, tones, bytes);
}

}  // namespace motet::core
