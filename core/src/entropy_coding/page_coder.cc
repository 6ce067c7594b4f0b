#include "entropy_coding/page_coder.h"

#include <limits>
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

  const std::vector<LadderQuantizer> quantizers = data.config.quantizers();
  std::vector<size_t> model_of(quantizers.size());
  for (size_t i = 0; i < quantizers.size(); ++i) {
    if (quantizers[i].first_quality() > quality) continue;
    model_of[i] = coder->models_.size();
    Result<EntropyModel> network = EntropyModel::Create(data.weights, *data.entropy, quantizers, i,
                                                        ContextQuantizers(data.config, i));
    if (!network.ok()) return network.status();
    coder->models_.push_back(std::move(*network));
  }
  for (const CodingSlot& slot : CodingOrder(data.config, quality)) {
    Slot& made = coder->slots_.emplace_back();
    made.offset = slot.offset;
    made.model = &coder->models_[model_of[slot.quantizer]];
    for (const ContextCode& code : slot.context) {
      const auto back = static_cast<ptrdiff_t>(code.packets_back * coder->packet_bytes_);
      made.sources.push_back(
          {.rows = made.model->RowsOf(made.sources.size()),
           .packets_back = code.offset ? code.packets_back : std::numeric_limits<size_t>::max(),
           .at = static_cast<ptrdiff_t>(code.offset.value_or(0)) - back});
    }
  }
  if (data.config.has_tones(quality)) {
    Result<ToneCoder> tones =
        ToneCoder::Create(data.weights, *data.config.tones, data.info.identity);
    if (!tones.ok()) return tones.status();
    coder->tones_ = std::move(*tones);
    coder->tones_offset_ = data.config.tones_offset();
  }
  if (data.config.has_bands(quality)) {
    Result<BandCoder> bands =
        BandCoder::Create(data.weights, *data.config.bands, data.info.identity);
    if (!bands.ok()) return bands.status();
    coder->bands_ = std::move(*bands);
    coder->bands_offset_ = data.config.bands_offset();
  }
  return std::shared_ptr<const PageCoder>(coder);
}

}  // namespace motet::core
