// A network with random weights, as training would leave it in a checkpoint, and a signal to run
// through it.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "entropy/entropy_model.h"
#include "model/tensor_file.h"
#include "model_config/model_config.h"
#include "weights.h"

namespace motet::exporter {

// Small, with lookahead at every level, so that a forgotten delay shows, and with tones.
nlohmann::json SmallConfig();

// The same with levels of bands, and a lookahead with which they can be.
nlohmann::json SmallConfigWithBands();

// Tensors under their training names (with `scale`, `norm` and `ema`), scaled so that activations
// stay near 1 and the decoder's output within full scale. The same for the same seed.
Weights RandomTraining(const ModelConfig& config, uint32_t seed);

// An entropy model with random weights for a codec of that identity.
trainer::EntropyModel RandomEntropyModel(const ModelConfig& config,
                                         const std::string& codec_identity, uint32_t seed);

// The file that a trainer would write: `weights` as model.*, and groups that do not concern the
// exporter.
void WriteCheckpoint(const std::string& path, const nlohmann::json& config, const Weights& weights,
                     std::vector<trainer::NamedTensor> more = {});

// Tones, clicks and noise on two channels, of `packets` packets.
std::array<std::vector<float>, 2> TestSignal(size_t packets, uint32_t seed);

}  // namespace motet::exporter
