#include "graph/metadata.h"

namespace motet::exporter {

std::map<std::string, std::string> Metadata(const TrainedModel& model) {
  const ModelConfig& config = model.config;
  return {{"name", config.name},
          {"identity", model.identity},
          {"codec_identity", model.entropy ? model.entropy->codec_identity : model.identity},
          {"sample_rate", std::to_string(config.sample_rate)},
          {"packet_samples", std::to_string(config.packet)},
          {"delay_samples", std::to_string(config.delay())},
          {"default_quality", std::to_string(config.default_quality)},
          {"config", model.config_json.dump()}};
}

}  // namespace motet::exporter
