#include "motet/stream.h"

namespace motet {

const std::string& StreamIdentity(const ModelInfo& info, StreamCoding coding) {
  return coding == StreamCoding::kFixedWidth ? info.codec_identity : info.identity;
}

StreamCoding DefaultCoding(const ModelInfo& info) {
  return info.entropy_coding ? StreamCoding::kEntropy : StreamCoding::kFixedWidth;
}

StreamHeader MakeStreamHeader(const Model& model, int quality, int channels, StreamCoding coding) {
  return {.sample_rate = model.info().sample_rate,
          .channels = channels,
          .quality = quality,
          .packet_bytes = model.PacketBytes(quality),
          .coding = coding,
          .samples = kUnknownSamples,
          .model_identity = StreamIdentity(model.info(), coding),
          .tags = {}};
}

Status CheckStreamModel(const StreamHeader& header, const Model& model, const std::string& name) {
  const auto mismatch = [&](const std::string& what) {
    return Status(StatusCode::kModelMismatch, "'" + name + "' " + what);
  };
  const ModelInfo& info = model.info();
  if (header.model_identity != StreamIdentity(info, header.coding) &&
      header.model_identity != info.identity) {
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
