#include "model_file/model_data.h"

namespace motet {

const ModelInfo& Model::info() const { return data_->info; }

int Model::PacketBytes(int quality) const {
  if (quality < 1 || quality > data_->info.max_quality) return 0;
  return static_cast<int>(data_->config.packet_bytes(quality));
}

const std::string& Model::config_json() const { return data_->config_json; }

namespace core {

Result<int> ResolveQuality(const Model& model, int quality) {
  if (quality == 0) return model.info().default_quality;
  if (model.PacketBytes(quality) > 0) return quality;
  return Status(StatusCode::kInvalidArgument, "quality is " + std::to_string(quality) +
                                                  ", wanted 1 to " +
                                                  std::to_string(model.info().max_quality));
}

Status CheckChannels(int channels) {
  if (channels == 1 || channels == 2) return {};
  return Status(StatusCode::kInvalidArgument,
                "channels is " + std::to_string(channels) + ", wanted 1 or 2");
}

}  // namespace core
}  // namespace motet
