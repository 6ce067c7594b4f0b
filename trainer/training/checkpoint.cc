#include "training/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

#include "model/tensor_storage.h"

namespace motet::trainer {
namespace {

const std::vector<std::pair<torch::ScalarType, DType>>& Types() {
  static const std::vector<std::pair<torch::ScalarType, DType>> types = {
      {torch::kFloat32, DType::kF32}, {torch::kFloat64, DType::kF64}, {torch::kInt64, DType::kI64}, {torch::kUInt8, DType::kU8}};
  return types;
}

}  // namespace

NamedTensor StoreTensor(const std::string& name, const torch::Tensor& tensor) {
  const auto value = tensor.detach().to(torch::kCPU).contiguous();
  const auto type = std::find_if(Types().begin(), Types().end(), [&](const auto& t) { return t.first == value.scalar_type(); });
  if (type == Types().end()) throw std::runtime_error(fmt::format("tensor '{}' has a type that a checkpoint cannot hold", name));
  NamedTensor stored;
  stored.name = name;
  stored.dtype = type->second;
  stored.shape = value.sizes().vec();
  stored.data.resize(value.nbytes());
  std::memcpy(stored.data.data(), value.data_ptr(), value.nbytes());
  return stored;
}

torch::Tensor LoadTensor(const NamedTensor& stored) {
  if (stored.dtype == DType::kF16 || stored.dtype == DType::kInt8) {
    auto values = LoadFloats(stored);
    return torch::tensor(values).reshape(stored.shape);
  }
  const auto type = std::find_if(Types().begin(), Types().end(), [&](const auto& t) { return t.second == stored.dtype; });
  auto tensor = torch::empty(stored.shape, type->first);
  std::memcpy(tensor.data_ptr(), stored.data.data(), stored.data.size());
  return tensor;
}

std::vector<std::pair<std::string, torch::Tensor>> NamedState(const torch::nn::Module& module) {
  std::vector<std::pair<std::string, torch::Tensor>> state;
  for (const auto& item : module.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) {
    const std::string& name = item.key();
    if (name.size() < 6 || name.compare(name.size() - 6, 6, ".basis") != 0) state.emplace_back(name, item.value());
  }
  return state;
}

void LoadState(torch::nn::Module& module, const TensorFile& file, const std::string& prefix, const std::string& path) {
  torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : NamedState(module)) {
    const NamedTensor* stored = file.Find(prefix + name);
    if (stored == nullptr) throw std::runtime_error(fmt::format("{}: tensor '{}' is missing", path, prefix + name));
    if (stored->shape != tensor.sizes().vec()) {
      throw std::runtime_error(fmt::format("{}: tensor '{}' has shape {}, wanted {}", path, prefix + name, ShapeText(stored->shape),
                                           ShapeText(tensor.sizes().vec())));
    }
    auto target = tensor;
    target.copy_(LoadTensor(*stored));
  }
}

std::filesystem::path CheckpointPath(const std::filesystem::path& run, int64_t step) {
  return run / "checkpoints" / fmt::format("step-{:08}.ckpt", step);
}

std::vector<std::filesystem::path> ListCheckpoints(const std::filesystem::path& run) {
  std::vector<std::filesystem::path> found;
  const auto folder = run / "checkpoints";
  if (!std::filesystem::is_directory(folder)) return found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".ckpt") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace motet::trainer
