// Which tensors an exported model has: the list of docs/ARCHITECTURE.md, built from the
// configuration.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/config.h"
#include "weights.h"

namespace motet::exporter {

using trainer::kCoarse;
using trainer::kFine;
using trainer::kFramesPerPacket;
using trainer::kLevelNames;
using trainer::kLevels;
using trainer::kMid;
using trainer::Level;
using trainer::ModelConfig;

// Name and shape of every tensor of a model file.
std::map<std::string, std::vector<int64_t>> ExportedShapes(const ModelConfig& config);

// Throws std::runtime_error naming the first tensor that is missing, of another shape, or unknown.
void CheckWeights(const Weights& weights, const ModelConfig& config);

}  // namespace motet::exporter
