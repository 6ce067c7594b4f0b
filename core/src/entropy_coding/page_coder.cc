#include "entropy_coding/page_coder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "model_file/model_data.h"

namespace motet::core {

Result<std::shared_ptr<const PageCoder>> PageCoder::Create(std::shared_ptr<const Model> model,
                                                           int quality) {
  const Model::Data& data = model->data();
  if (!data.entropy) {
    return Status(StatusCode::kInvalidArgument,
                  "model " + data.info.identity + " has no entropy model");
  }
  if (const Result<int> known = ResolveQuality(*model, quality); !known.ok()) return known.status();
  const std::shared_ptr<PageCoder> coder(new (std::nothrow) PageCoder(std::move(model)));
  if (coder == nullptr) return Status(StatusCode::kOutOfMemory, "no memory for entropy coding");
  coder->packet_bytes_ = data.config.packet_bytes(quality);

  const std::vector<LadderStep> ladder = data.config.ladder();
  for (size_t step = 0; step < static_cast<size_t>(quality); ++step) {
    Result<EntropyModel> network = EntropyModel::Create(data.weights, *data.entropy, ladder, step,
                                                        ContextSteps(data.config, step));
    if (!network.ok()) return network.status();
    coder->models_.push_back(*network);
  }
  for (const CodingSlot& slot : CodingOrder(data.config, quality)) {
    Slot& made = coder->slots_.emplace_back();
    made.offset = slot.offset;
    made.model = &coder->models_[slot.step];
    for (const ContextCode& code : slot.context)
      made.sources.push_back({made.model->RowsOf(made.sources.size()), code});
  }
  if (data.config.has_tones(quality)) {
    Result<ToneCoder> tones =
        ToneCoder::Create(data.weights, *data.config.tones, data.info.identity);
    if (!tones.ok()) return tones.status();
    coder->tones_ = *tones;
    coder->tones_offset_ = data.config.tones_offset();
  }
  return std::shared_ptr<const PageCoder>(coder);
}

bool PageCoder::CanCode(std::span<const uint8_t> packets) const {
  for (size_t at = tones_offset_; tones_ && at < packets.size(); at += packet_bytes_) {
    if (!tones_->CanCode(packets.data() + at)) return false;
  }
  return true;
}

void PageCoder::Look(const Slot& slot, const uint8_t* packets, size_t packet,
                     EntropyModel::Context* context) const {
  const size_t width = slot.model->width();
  context->narrow_rows = 0;
  context->wide_rows = 0;
  for (const Slot::Source& source : slot.sources) {
    const size_t back = source.code.packets_back;
    const bool known = source.code.offset && back <= packet;
    const size_t code =
        known ? packets[(packet - back) * packet_bytes_ + *source.code.offset] : kAbsentCode;
    // The tables are larger than the nearer caches: what is fetched early need not be waited for.
    if (source.rows.narrow != nullptr) {
      const int16_t* const row = source.rows.narrow + code * width;
      for (size_t j = 0; j < 64; j += 32) __builtin_prefetch(row + j);
      context->narrow[context->narrow_rows++] = row;
    } else {
      const int32_t* const row = source.rows.wide + code * width;
      for (size_t j = 0; j < 64; j += 16) __builtin_prefetch(row + j);
      context->wide[context->wide_rows++] = row;
    }
  }
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
      if (tones) tones->Encode(packets.data() + (first + i) * packet_bytes_ + tones_offset_);
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
  }
}

}  // namespace motet::core
