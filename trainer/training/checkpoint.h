// Checkpoints: everything a run needs to go on, in one container file (docs/FORMAT.md).
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "model/tensor_file.h"

namespace motet::trainer {

NamedTensor StoreTensor(const std::string& name, const torch::Tensor& tensor);
torch::Tensor LoadTensor(const NamedTensor& stored);

// Parameters and buffers of a module by name, without the fixed bases of analysis and synthesis.
std::vector<std::pair<std::string, torch::Tensor>> NamedState(const torch::nn::Module& module);

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;
NamedTensors NamedParameters(const torch::nn::Module& module);

// The tensor `name` of a file; throws std::runtime_error that names both if it is missing.
torch::Tensor LoadNamed(const TensorFile& file, const std::string& name, const std::string& path);

// Copies tensors called `prefix`+name into the module. Every tensor of the module must be there in
// its shape; throws std::runtime_error that names file and tensor, found and wanted.
void LoadState(torch::nn::Module& module, const TensorFile& file, const std::string& prefix,
               const std::string& path);

// Weights alone, from a checkpoint (the averaged ones, where it has them) or from an exported
// model, whose folded layers become neutral ones. Blocks that the file has nothing of begin as
// ones that pass on what they get, delayed by their lookahead: so a model can grow. Returns their
// names. Throws as LoadState does, and if the file has tensors that the module lacks, but for those
// of an entropy model.
std::vector<std::string> LoadWeights(torch::nn::Module& module, const std::string& path);

// RUN/checkpoints/step-00001234.ckpt
std::filesystem::path CheckpointPath(const std::filesystem::path& run, int64_t step);
// The checkpoints of a run, oldest first. They are written beside and renamed, so each one listed
// is complete unless the storage lost a part of it.
std::vector<std::filesystem::path> ListCheckpoints(const std::filesystem::path& run);
// The newest checkpoint of a run that can be read as a whole, and the JSON text in it. Says on
// `complain` which ones were passed over. Throws std::runtime_error if there is none.
struct FoundCheckpoint {
  std::filesystem::path path;
  nlohmann::json json;
};
FoundCheckpoint NewestCheckpoint(const std::filesystem::path& run, std::ostream& complain);
// Removes the oldest checkpoints beyond `keep`, and what writers left behind that were killed.
void RemoveOldCheckpoints(const std::filesystem::path& run, int64_t keep);

}  // namespace motet::trainer
