// What a program that runs the ONNX graphs must know besides them, as the models' metadata
// properties.
#pragma once

#include <map>
#include <string>

#include "trained_model.h"

namespace motet::exporter {

// name, identity, sample_rate, packet_samples, delay_samples, default_quality, and `config` (the
// JSON). All values are text.
std::map<std::string, std::string> Metadata(const TrainedModel& model);

}  // namespace motet::exporter
