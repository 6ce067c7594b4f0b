#include "graph/metadata.h"

namespace motet::exporter {

std::map<std::string, std::string> Metadata(const TrainedModel& model) {
  const ModelConfig& config = model.config;
  std::string packet_bytes;
  for (int64_t quality = 1; quality <= config.max_quality(); ++quality) {
    packet_bytes += (quality > 1 ? "," : "") + std::to_string(config.packet_bytes(quality));
  }
  return {{"name", config.name},
          {"identity", model.identity},
          {"codec_identity", model.entropy ? model.entropy->codec_identity : model.identity},
          {"sample_rate", std::to_string(config.sample_rate)},
          {"packet_samples", std::to_string(config.packet)},
          {"delay_samples", std::to_string(config.delay())},
          {"encoder_preroll_packets", std::to_string(config.encoder_preroll())},
          {"decoder_preroll_packets", std::to_string(config.decoder_preroll())},
          {"packet_bytes", packet_bytes},
          {"default_quality", std::to_string(config.default_quality)},
          {"config", model.config_json.dump()}};
}

}  // namespace motet::exporter
