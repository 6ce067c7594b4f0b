#include "entropy_coding/tone_coder.h"

#include <algorithm>
#include <cmath>

#include "model_config/parse.h"

namespace motet::core {
namespace {

constexpr float kMaxWeight = 65535;

Status NoWeight(const std::string& file, const std::string& tensor, float found) {
  return Status(StatusCode::kCorrupt, file + ": tensor '" + tensor + "' holds " +
                                          NumberText(found) +
                                          ", wanted an integer from 1 to 65535");
}

// Fills `tables`, an array of arrays, from a tensor that holds them one after another.
template <typename Tables>
Status Read(Weights& weights, const std::string& tensor, const std::string& file, Tables* tables) {
  const size_t size = tables->size() * (*tables)[0].size();
  const size_t shape[] = {size};
  Buffer<float> values;
  if (Status status = weights.Read(tensor, shape, &values); !status.ok()) return status;
  for (size_t i = 0; i < size; ++i) {
    const float value = values[i];
    if (!(value >= 1 && value <= kMaxWeight && value == std::trunc(value)))
      return NoWeight(file, tensor, value);
    (*tables)[i / (*tables)[0].size()][i % (*tables)[0].size()] = static_cast<uint32_t>(value);
  }
  return {};
}

}  // namespace

Result<ToneCoder> ToneCoder::Create(Weights& weights, const TonesConfig& tones,
                                    const std::string& name) {
  ToneCoder coder;
  coder.tones_ = tones;
  if (Status s = Read(weights, "entropy.tones.flags", name, &coder.flags_); !s.ok()) return s;
  if (Status s = Read(weights, "entropy.tones.levels", name, &coder.levels_); !s.ok()) return s;
  return coder;
}

bool ToneCoder::CanCode(const uint8_t* bytes) const {
  std::array<uint8_t, TonesConfig::kMaxLines> levels;
  std::array<uint8_t, 2 * TonesConfig::kMaxCount> again;
  ReadTones(tones_, bytes, {levels.data(), lines()});
  WriteTones(tones_, {levels.data(), lines()}, again.data());
  return std::equal(bytes, bytes + tones_.bytes(), again.data());
}

std::array<uint8_t, TonesConfig::kMaxLines> ToneCoder::NoTones() {
  std::array<uint8_t, TonesConfig::kMaxLines> levels;
  levels.fill(kNoTone);
  return levels;
}

std::span<const uint32_t> ToneCoder::WeightsOf(ToneSymbol kind, size_t context) const {
  if (kind == ToneSymbol::kFlag) return flags_[context];
  return levels_[context];
}

void ToneCoder::Sequence::Walk(std::span<uint8_t> levels) {
  WalkTones(coder_.tones_, std::span(before_).first(levels.size()), levels,
            [this](ToneSymbol kind, size_t context, size_t symbol) {
              const std::span<const uint32_t> weights = coder_.WeightsOf(kind, context);
              if (in_ != nullptr) return in_->Decode(weights);
              out_->Encode(RangeEncoder::PartOf(weights, symbol));
              return symbol;
            });
  std::copy(levels.begin(), levels.end(), before_.begin());
}

void ToneCoder::Sequence::Encode(const uint8_t* bytes) {
  std::array<uint8_t, TonesConfig::kMaxLines> levels;
  const std::span<uint8_t> of_lines(levels.data(), coder_.lines());
  ReadTones(coder_.tones_, bytes, of_lines);
  Walk(of_lines);
}

void ToneCoder::Sequence::Decode(uint8_t* bytes) {
  std::array<uint8_t, TonesConfig::kMaxLines> levels = NoTones();
  const std::span<uint8_t> of_lines(levels.data(), coder_.lines());
  Walk(of_lines);
  WriteTones(coder_.tones_, of_lines, bytes);
}

}  // namespace motet::core
