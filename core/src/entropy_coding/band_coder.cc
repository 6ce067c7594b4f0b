#include "entropy_coding/band_coder.h"

#include <algorithm>

#include "entropy_coding/weight_table.h"

namespace motet::core {

Result<BandCoder> BandCoder::Create(Weights& weights, const BandsConfig& bands,
                                    const std::string& name) {
  BandCoder coder;
  coder.count_ = static_cast<size_t>(bands.count());
  Status status =
      ReadWeightTable(weights, kBandTable, kBandContexts * kBandSymbols, name, &coder.weights_);
  if (!status.ok()) return status;
  return coder;
}

bool BandCoder::CanCode(const uint8_t* bytes) const {
  return std::all_of(bytes, bytes + count_, [](uint8_t level) { return level < kBandSymbols; });
}

void BandCoder::Sequence::Walk() {
  auto& [levels, before, earlier] = levels_;
  WalkBands(OfBands(earlier), OfBands(before), OfBands(levels),
            [this](size_t context, size_t symbol) {
              const auto weights =
                  std::span(coder_.weights_).subspan(context * kBandSymbols, kBandSymbols);
              if (in_ != nullptr) return in_->Decode(weights);
              out_->Encode(RangeEncoder::PartOf(weights, symbol));
              return symbol;
            });
  earlier = before;
  before = levels;
}

void BandCoder::Sequence::Encode(const uint8_t* bytes) {
  std::copy_n(bytes, coder_.count_, levels_[0].begin());
  Walk();
}

void BandCoder::Sequence::Decode(uint8_t* bytes) {
  Walk();
  std::copy_n(levels_[0].begin(), coder_.count_, bytes);
}

}  // namespace motet::core
