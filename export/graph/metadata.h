// What a program that runs the ONNX graphs must know besides them, as the models' metadata
// properties.
#pragma once

#include <map>
#include <string>

#include "trained_model.h"

namespace motet::exporter {

// name, identity, codec_identity, sample_rate, packet_samples, delay_samples,
// encoder_preroll_packets, decoder_preroll_packets, packet_bytes (of quality 1, 2 and so on, with
// commas), default_quality, and `config` (the JSON). All values are text.
std::map<std::string, std::string> Metadata(const TrainedModel& model);

}  // namespace motet::exporter
