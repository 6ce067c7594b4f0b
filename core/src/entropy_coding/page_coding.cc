// What a page coder does with each page; page_coder.cc makes it.
#include <algorithm>
#include <array>

#include "entropy_coding/page_coder.h"

namespace motet::core {

bool PageCoder::CanCode(std::span<const uint8_t> packets) const {
  for (size_t at = 0; at < packets.size(); at += packet_bytes_) {
    const uint8_t* const packet = packets.data() + at;
    if (tones_ && !tones_->CanCode(packet + tones_offset_)) return false;
    if (bands_ && !bands_->CanCode(packet + bands_offset_)) return false;
  }
  return true;
}

void PageCoder::Look(const Slot& slot, const uint8_t* packets, size_t packet,
                     EntropyModel::Context* context) const {
  const size_t width = slot.model->width();
  const uint8_t* const here = packets + packet * packet_bytes_;
  size_t narrow_rows = 0, wide_rows = 0;
  for (const Slot::Source& source : slot.sources) {
    const size_t code = source.packets_back <= packet ? here[source.at] : kAbsentCode;
    // The tables are larger than the nearer caches: what is fetched early need not be waited for.
    if (source.rows.narrow != nullptr) {
      const int16_t* const row = source.rows.narrow + code * width;
      for (size_t j = 0; j < 64; j += 32) __builtin_prefetch(row + j);
      context->narrow[narrow_rows++] = row;
    } else {
      const int32_t* const row = source.rows.wide + code * width;
      for (size_t j = 0; j < 64; j += 16) __builtin_prefetch(row + j);
      context->wide[wide_rows++] = row;
    }
  }
  context->narrow_rows = narrow_rows;
  context->wide_rows = wide_rows;
}

void PageCoder::Encode(std::span<const uint8_t> packets, std::vector<uint8_t>* out) const {
  if (!CanCode(packets)) {
    out->insert(out->end(), packets.begin(), packets.end());
    return;
  }
  const size_t begin = out->size(), count = packets.size() / packet_bytes_;
  // All codes are known: those of a slot come one after another, while its network is in the cache.
  std::array<RangeEncoder::Part, 1024> parts;  // of some packets, which have up to 255 codes
  const size_t most = parts.size() / slots_.size();
  std::array<EntropyModel::Context, 2> contexts;
  RangeEncoder encoder(out);
  std::optional<ToneCoder::Sequence> tones;
  if (tones_) tones.emplace(*tones_, &encoder);
  std::optional<BandCoder::Sequence> bands;
  if (bands_) bands.emplace(*bands_, &encoder);
  for (size_t first = 0; first < count; first += most) {
    const size_t now = std::min(most, count - first);
    for (size_t slot = 0; slot < slots_.size(); ++slot) {
      Look(slots_[slot], packets.data(), first, contexts.data());
      for (size_t i = 0; i < now; ++i) {
        if (i + 1 < now) Look(slots_[slot], packets.data(), first + i + 1, &contexts[(i + 1) % 2]);
        CodeWeights weights;
        slots_[slot].model->Predict(contexts[i % 2], &weights);
        const uint8_t code = packets[(first + i) * packet_bytes_ + slots_[slot].offset];
        parts[i * slots_.size() + slot] = RangeEncoder::PartOf(weights, code);
      }
    }
    for (size_t i = 0; i < now; ++i) {
      for (size_t slot = 0; slot < slots_.size(); ++slot)
        encoder.Encode(parts[i * slots_.size() + slot]);
      const uint8_t* const packet = packets.data() + (first + i) * packet_bytes_;
      if (tones) tones->Encode(packet + tones_offset_);
      if (bands) bands->Encode(packet + bands_offset_);
    }
  }
  encoder.Finish();
  if (out->size() - begin >= packets.size()) {
    out->resize(begin);
    out->insert(out->end(), packets.begin(), packets.end());
  }
}

void PageCoder::Decode(std::span<const uint8_t> payload, std::span<uint8_t> packets) const {
  if (payload.size() == packets.size()) {
    std::copy(payload.begin(), payload.end(), packets.begin());
    return;
  }
  RangeDecoder decoder(payload);
  std::optional<ToneCoder::Sequence> tones;
  if (tones_) tones.emplace(*tones_, &decoder);
  std::optional<BandCoder::Sequence> bands;
  if (bands_) bands.emplace(*bands_, &decoder);
  EntropyModel::Context context, next;
  CodeWeights weights;
  for (size_t packet = 0; packet < packets.size() / packet_bytes_; ++packet) {
    for (size_t slot = 0; slot < slots_.size(); ++slot) {
      Look(slots_[slot], packets.data(), packet, &context);
      // Fetches the rows of the slot after it, but for those of codes that are not known yet.
      if (slot + 1 < slots_.size()) Look(slots_[slot + 1], packets.data(), packet, &next);
      slots_[slot].model->Predict(context, &weights);
      packets[packet * packet_bytes_ + slots_[slot].offset] = decoder.Decode(weights);
    }
    if (tones) tones->Decode(packets.data() + packet * packet_bytes_ + tones_offset_);
    if (bands) bands->Decode(packets.data() + packet * packet_bytes_ + bands_offset_);
  }
}

}  // namespace motet::core
