#include "entropy_coding/tone_coder.h"

#include <algorithm>

#include "entropy_coding/weight_table.h"

namespace motet::core {
Result<ToneCoder> ToneCoder::Create(Weights& weights, const TonesConfig& tones,
                                    const std::string& name) {
  ToneCoder coder;
  coder.config_ = tones;
  coder.described_ = ToneTables(tones);
  for (size_t kind = 0; kind < kToneSymbols; ++kind) {
    const ToneTable& table = coder.described_[kind];
    if (table.contexts == 0) continue;
    Status status =
        ReadWeightTable(weights, table.tensor(), table.size(), name, &coder.weights_[kind]);
    if (!status.ok()) return status;
  }
  return coder;
}

bool ToneCoder::CanCode(const uint8_t* bytes) const {
  std::array<Tone, TonesConfig::kMaxLines> tones;
  std::array<uint8_t, 3 * TonesConfig::kMaxCount> again;
  ReadTones(config_, bytes, {tones.data(), lines()});
  WriteTones(config_, {tones.data(), lines()}, again.data());
  return std::equal(bytes, bytes + config_.bytes(), again.data());
}

std::span<const uint32_t> ToneCoder::WeightsOf(ToneSymbol kind, size_t context) const {
  const auto index = static_cast<size_t>(kind);
  const size_t symbols = described_[index].symbols;
  return std::span(weights_[index]).subspan(context * symbols, symbols);
}

void ToneCoder::Sequence::Walk() {
  auto& [tones, before, earlier] = tones_;
  WalkTones(coder_.config_, OfLines(earlier), OfLines(before), OfLines(tones),
            [this](ToneSymbol kind, size_t context, size_t symbol) {
              const std::span<const uint32_t> weights = coder_.WeightsOf(kind, context);
              if (in_ != nullptr) return in_->Decode(weights);
              out_->Encode(RangeEncoder::PartOf(weights, symbol));
              return symbol;
            });
  earlier = before;
  before = tones;
}

void ToneCoder::Sequence::Encode(const uint8_t* bytes) {
  ReadTones(coder_.config_, bytes, OfLines(tones_[0]));
  Walk();
}

void ToneCoder::Sequence::Decode(uint8_t* bytes) {
  Walk();
  WriteTones(coder_.config_, OfLines(tones_[0]), bytes);
}

}  // namespace motet::core
