// Checkpoints: everything a run needs to go on, in one container file (docs/FORMAT.md).
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/tensor_file.h"

namespace motet::trainer {

NamedTensor StoreTensor(const std::string& name, const torch::Tensor& tensor);
torch::Tensor LoadTensor(const NamedTensor& stored);

// Parameters and buffers of a module by name, without the fixed bases of analysis and synthesis.
std::vector<std::pair<std::string, torch::Tensor>> NamedState(const torch::nn::Module& module);

// Copies tensors called `prefix`+name into the module. Every tensor of the module must be there in
// its shape; throws std::runtime_error that names file and tensor, found and wanted.
void LoadState(torch::nn::Module& module, const TensorFile& file, const std::string& prefix,
               const std::string& path);

// Weights alone, from a checkpoint (the averaged ones, where it has them) or from an exported
// model, whose folded layers become neutral ones. Throws as LoadState does.
void LoadWeights(torch::nn::Module& module, const std::string& path);

// RUN/checkpoints/step-00001234.ckpt
std::filesystem::path CheckpointPath(const std::filesystem::path& run, int64_t step);
// The checkpoints of a run, oldest first. They are written beside and renamed, so each one listed
// is complete.
std::vector<std::filesystem::path> ListCheckpoints(const std::filesystem::path& run);

}  // namespace motet::trainer
