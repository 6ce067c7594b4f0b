#include "entropy_coding/band_coder.h"

#include <algorithm>

namespace motet::core {

Result<BandCoder> BandCoder::Create(Weights& weights, const BandsConfig& bands,
                                    const std::string& name) {
  BandCoder coder;
  coder.count_ = static_cast<size_t>(bands.count());
  Result<SymbolTable> table =
      SymbolTable::Read(weights, kBandTable, kBandContexts, kBandSymbols, name);
  if (!table.ok()) return table.status();
  coder.table_ = std::move(*table);
  return coder;
}

bool BandCoder::CanCode(const uint8_t* bytes) const {
  return std::all_of(bytes, bytes + count_, [](uint8_t level) { return level < kBandSymbols; });
}

template <typename Code>
void BandCoder::Sequence::Walk(const Code& code) {
  auto& [levels, before, earlier] = levels_;
  WalkBands(OfBands(earlier), OfBands(before), OfBands(levels), code);
  earlier = before;
  before = levels;
}

void BandCoder::Sequence::Encode(const uint8_t* bytes) {
  std::copy_n(bytes, coder_.count_, levels_[0].begin());
  Walk([this](size_t context, size_t symbol) {
    out_->Encode(coder_.table_.Of(context), symbol);
    return symbol;
  });
}

void BandCoder::Sequence::Decode(uint8_t* bytes) {
  Walk(
      [this](size_t context, size_t /*symbol*/) { return in_->Decode(coder_.table_.Of(context)); });
  std::copy_n(levels_[0].begin(), coder_.count_, bytes);
}

}  // namespace motet::core
