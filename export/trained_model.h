// A trained network ready to be written: folded weights, configuration, identity, facts.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "entropy/entropy_model.h"
#include "model/config.h"
#include "model/tensor_file.h"
#include "weights.h"

namespace motet::exporter {

struct TrainedModel {
  nlohmann::json config_json;                    // the `model` object, as found
  ModelConfig config;                            // the same, checked
  std::string identity;                          // 16 hexadecimal digits
  nlohmann::json info;                           // free-form facts about the training
  Weights weights;                               // exactly ModelTensors(config)
  std::optional<trainer::EntropyModel> entropy;  // of a model file that motet-entropy wrote
};

// Reads a training run (a folder with best.ckpt in it), a checkpoint (whose suffix .ckpt may be
// left out), or a model file. A checkpoint is folded; where it holds a moving average of a weight
// (`ema.<name>`), that is taken. A model file keeps its identity and its entropy model. Throws
// std::runtime_error, one sentence naming the file and what is wrong with it.
TrainedModel LoadTrainedModel(const std::string& path);

// What a model file of this storage makes of the weight `name`.
Weight AsStored(const std::string& name, const Weight& weight, trainer::DType storage);

// Writes a model file with weights stored as f32, f16 or int8 (biases and codebooks are f16 then);
// the entropy model is stored as it is. Throws std::runtime_error and leaves no file behind.
void WriteModelFile(const std::string& path, const TrainedModel& model, trainer::DType storage);

// Writes the tensors of the entropy model, which `model` must have, and the whole JSON of the model
// in the container of a model file: what a reader of the ONNX graphs needs for entropy coding.
// Throws as WriteModelFile does.
void WriteEntropyFile(const std::string& path, const TrainedModel& model);

}  // namespace motet::exporter
