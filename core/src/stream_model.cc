#include "motet/stream.h"

namespace motet {

Status CheckStreamModel(const StreamHeader& header, const Model& model, const std::string& name) {
  const auto mismatch = [&](const std::string& what) {
    return Status(StatusCode::kModelMismatch, "'" + name + "' " + what);
  };
  const ModelInfo& info = model.info();
  const bool is_same_codec =
      header.coding == StreamCoding::kFixedWidth && header.model_identity == info.codec_identity;
  if (header.model_identity != info.identity && !is_same_codec) {
    return mismatch("was encoded with model " + header.model_identity + ", but '" + info.name +
                    "' is model " + info.identity);
  }
  if (header.sample_rate != info.sample_rate) {
    return mismatch("has " + std::to_string(header.sample_rate) + " Hz, its model has " +
                    std::to_string(info.sample_rate));
  }
  const int packet_bytes = model.PacketBytes(header.quality);
  if (header.packet_bytes != packet_bytes) {
    return mismatch("has packets of " + std::to_string(header.packet_bytes) + " bytes at quality " +
                    std::to_string(header.quality) + ", its model's are of " +
                    std::to_string(packet_bytes));
  }
  return {};
}

}  // namespace motet
