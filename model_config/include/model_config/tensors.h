// Which tensors a model has: the list of docs/ARCHITECTURE.md, built from the configuration. Tests
// hold all three networks against it: core/tests/model_file/model_test.cc,
// trainer/tests/model_test.cc and export/tests/onnx_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model_config/model_config.h"

namespace motet {

using TensorShapes = std::map<std::string, std::vector<int64_t>>;  // by name

// Name and shape of every tensor of a model file, but for those of its entropy model.
TensorShapes ModelTensors(const ModelConfig& config);

// What training keeps apart and the exporter folds into tensors of the model file:
//   <block>.scale            the residual scale of a block, into its `project`
//   <quantizer>.norm.mean    the batch normalisation in front of a codebook, by its running
//   <quantizer>.norm.var     statistics, into the quantizer's `input`
TensorShapes FoldedTensors(const ModelConfig& config);

}  // namespace motet
