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
  coder->embedding_ = static_cast<size_t>(data.entropy->embedding);

  const std::vector<LadderStep> ladder = data.config.ladder();
  std::vector<const float*> embeddings;
  for (const LadderStep& step : ladder) {
    const Result<const float*> rows = EntropyModel::Embeddings(data.weights, *data.entropy, step);
    if (!rows.ok()) return rows.status();
    embeddings.push_back(*rows);
  }
  for (size_t step = 0; step < static_cast<size_t>(quality); ++step) {
    Result<EntropyModel> network = EntropyModel::Create(data.weights, *data.entropy, ladder[step],
                                                        ContextSize(data.config, step));
    if (!network.ok()) return network.status();
    coder->models_.push_back(*network);
  }
  for (const CodingSlot& slot : CodingOrder(data.config, quality)) {
    Slot& made = coder->slots_.emplace_back();
    made.offset = slot.offset;
    made.model = &coder->models_[slot.step];
    for (const ContextCode& code : slot.context)
      made.sources.push_back({embeddings[code.step], code});
  }
  return std::shared_ptr<const PageCoder>(coder);
}

void PageCoder::Predict(const Slot& slot, const uint8_t* packets, size_t packet,
                        CodeWeights* weights) const {
  std::array<float, kMaxEntropyInputs> x;
  float* at = x.data();
  for (const Slot::Source& source : slot.sources) {
    const size_t back = source.code.packets_back;
    const bool known = source.code.offset && back <= packet;
    const size_t code =
        known ? packets[(packet - back) * packet_bytes_ + *source.code.offset] : kAbsentCode;
    std::memcpy(at, source.embeddings + code * embedding_, embedding_ * sizeof(float));
    at += embedding_;
  }
  slot.model->Predict(x.data(), weights);
}

void PageCoder::Encode(std::span<const uint8_t> packets, std::vector<uint8_t>* out) const {
  const size_t begin = out->size();
  RangeEncoder encoder(out);
  CodeWeights weights;
  for (size_t packet = 0; packet < packets.size() / packet_bytes_; ++packet) {
    for (const Slot& slot : slots_) {
      Predict(slot, packets.data(), packet, &weights);
      encoder.Encode(weights, packets[packet * packet_bytes_ + slot.offset]);
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
  CodeWeights weights;
  for (size_t packet = 0; packet < packets.size() / packet_bytes_; ++packet) {
    for (const Slot& slot : slots_) {
      Predict(slot, packets.data(), packet, &weights);
      packets[packet * packet_bytes_ + slot.offset] = decoder.Decode(weights);
    }
  }
}

}  // namespace motet::core
