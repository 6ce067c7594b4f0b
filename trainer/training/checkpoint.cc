#include "training/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>

#include "entropy/entropy_model.h"
#include "model/codec.h"
#include "model/tensor_storage.h"

namespace motet::trainer {
namespace {

const std::vector<std::pair<torch::ScalarType, DType>>& Types() {
  static const std::vector<std::pair<torch::ScalarType, DType>> types = {
      {torch::kFloat32, DType::kF32},
      {torch::kFloat64, DType::kF64},
      {torch::kInt64, DType::kI64},
      {torch::kUInt8, DType::kU8}};
  return types;
}

bool EndsWith(const std::string& name, const std::string& end) {
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

// Training keeps these apart; the exporter folds them away.
bool IsFolded(const std::string& name) {
  return EndsWith(name, ".scale") || name.find(".norm.") != std::string::npos ||
         name.find(".ema.") != std::string::npos;
}

// Exported models hold folded layers; these are the neutral values of what folding took away.
void FillFolded(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  const auto state = NamedState(module);
  for (auto [name, tensor] : state) {
    if (EndsWith(name, ".scale") || EndsWith(name, ".ema.count") ||
        EndsWith(name, ".ema.initialised"))
      tensor.fill_(1);
    if (EndsWith(name, ".norm.mean")) tensor.zero_();
    if (EndsWith(name, ".norm.var")) tensor.fill_(1 - 1e-5);
    if (EndsWith(name, ".ema.sum")) {
      const std::string codebook =
          name.substr(0, name.size() - std::string(".ema.sum").size()) + ".codebook";
      for (const auto& [other, value] : state) {
        if (other == codebook) tensor.copy_(value);
      }
    }
  }
}

// "decoder.fine.blocks.3" of "decoder.fine.blocks.3.project.bias"; empty for what is in no block.
std::string BlockOf(const std::string& name) {
  const std::string list = ".blocks.";
  const size_t found = name.find(list);
  if (found == std::string::npos) return "";
  return name.substr(0, name.find('.', found + list.size()));
}

// The blocks of the module that the file has nothing of.
std::set<std::string> MissingBlocks(const torch::nn::Module& module, const TensorFile& file,
                                    const std::string& prefix) {
  std::set<std::string> present, missing;
  for (const auto& tensor : file.tensors) present.insert(BlockOf(tensor.name));
  for (const auto& [name, tensor] : NamedState(module)) {
    const std::string block = BlockOf(name);
    if (!block.empty() && present.count(prefix + block) == 0) missing.insert(block);
  }
  return missing;
}

// Adds blocks to the file that pass on what they get: with the module's weights, but for `project`.
void AddNeutralBlocks(const torch::nn::Module& module, const std::set<std::string>& blocks,
                      const std::string& prefix, TensorFile& file) {
  for (const auto& [name, tensor] : NamedState(module)) {
    const std::string block = BlockOf(name);
    if (blocks.count(block) == 0) continue;
    const bool zero = name.compare(block.size(), 9, ".project.") == 0;
    file.tensors.push_back(StoreTensor(prefix + name, zero ? torch::zeros_like(tensor) : tensor));
  }
}

// Adds to a file without levels of bands or tones, or with tones that are all in the middle, that
// the decoder makes nothing of what is new.
void AddNeutralInputs(const torch::nn::Module& module, const std::string& prefix,
                      TensorFile& file) {
  for (const auto& [name, tensor] : NamedState(module)) {
    const bool of_tones = name.starts_with("decoder.tones.");
    if (!of_tones && !name.starts_with("decoder.bands.")) continue;
    if (file.Find(prefix + name) == nullptr)
      file.tensors.push_back(StoreTensor(prefix + name, torch::zeros_like(tensor)));
    if (!of_tones) continue;
    for (NamedTensor& stored : file.tensors) {
      const bool of_it = stored.name == prefix + name || stored.name == "ema." + name;
      if (!of_it || stored.shape.size() != 2 || tensor.dim() != 2) continue;
      if (stored.shape[0] != tensor.size(0) || 2 * stored.shape[1] != tensor.size(1)) continue;
      stored = StoreTensor(stored.name,
                           torch::constant_pad_nd(LoadTensor(stored), {0, stored.shape[1]}));
    }
  }
}

// The edges of the bands of a model file or checkpoint; empty without bands.
std::vector<int64_t> EdgesOf(const TensorFile& file) {
  const auto json = nlohmann::json::parse(file.json);
  const auto& model = json.contains("model") ? json["model"] : json;
  return model.contains("bands") ? model["bands"]["edges"].get<std::vector<int64_t>>()
                                 : std::vector<int64_t>();
}

// Of a file with other bands, what it knows of those that the module has as well; the decoder makes
// nothing of the levels of others.
void PlaceBands(const torch::nn::Module& module, const std::string& prefix, TensorFile& file) {
  const auto* codec = module.as<CodecImpl>();
  const auto before = EdgesOf(file);
  if (codec == nullptr || !codec->config().bands || before.empty()) return;
  const auto& now = codec->config().bands->edges;
  if (now == before) return;
  const auto column_of = [&](size_t band) -> int64_t {  // in the file, -1 if it is not there
    for (size_t i = 0; i + 1 < before.size(); ++i) {
      if (before[i] == now[band] && before[i + 1] == now[band + 1]) return static_cast<int64_t>(i);
    }
    return -1;
  };
  for (NamedTensor& stored : file.tensors) {
    if (stored.name != prefix + "decoder.bands.weight" && stored.name != "ema.decoder.bands.weight")
      continue;
    const auto old = LoadTensor(stored);
    const auto placed =
        torch::zeros({old.size(0), static_cast<int64_t>(now.size()) - 1}, old.options());
    for (size_t band = 0; band + 1 < now.size(); ++band) {
      const int64_t column = column_of(band);
      if (column >= 0) placed.select(1, static_cast<int64_t>(band)).copy_(old.select(1, column));
    }
    stored = StoreTensor(stored.name, placed);
  }
}

// A model that is larger than the module would lose the part that has no place in it. An entropy
// model says how the codes of one trained codec are coded, and is of no use to another.
void ExpectNothingElse(const torch::nn::Module& module, const TensorFile& file,
                       const std::string& prefix, const std::string& path) {
  std::set<std::string> known;
  for (const auto& [name, tensor] : NamedState(module)) known.insert(prefix + name);
  for (const auto& tensor : file.tensors) {
    if (IsEntropyTensor(tensor.name)) continue;
    if (tensor.name.compare(0, prefix.size(), prefix) == 0 && known.count(tensor.name) == 0) {
      throw std::runtime_error(
          fmt::format("{}: tensor '{}' has no place in the configured model", path, tensor.name));
    }
  }
}

}  // namespace

NamedTensor StoreTensor(const std::string& name, const torch::Tensor& tensor) {
  const auto value = tensor.detach().to(torch::kCPU).contiguous();
  const auto type = std::find_if(Types().begin(), Types().end(),
                                 [&](const auto& t) { return t.first == value.scalar_type(); });
  if (type == Types().end())
    throw std::runtime_error(
        fmt::format("tensor '{}' has a type that a checkpoint cannot hold", name));
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
  const auto type = std::find_if(Types().begin(), Types().end(),
                                 [&](const auto& t) { return t.second == stored.dtype; });
  auto tensor = torch::empty(stored.shape, type->first);
  std::memcpy(tensor.data_ptr(), stored.data.data(), stored.data.size());
  return tensor;
}

std::vector<std::pair<std::string, torch::Tensor>> NamedState(const torch::nn::Module& module) {
  std::vector<std::pair<std::string, torch::Tensor>> state;
  for (const auto& item : module.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) {
    if (!EndsWith(item.key(), ".basis")) state.emplace_back(item.key(), item.value());
  }
  return state;
}

NamedTensors NamedParameters(const torch::nn::Module& module) {
  NamedTensors parameters;
  for (const auto& item : module.named_parameters())
    parameters.emplace_back(item.key(), item.value());
  return parameters;
}

torch::Tensor LoadNamed(const TensorFile& file, const std::string& name, const std::string& path) {
  const NamedTensor* stored = file.Find(name);
  if (stored == nullptr)
    throw std::runtime_error(fmt::format("{}: tensor '{}' is missing", path, name));
  return LoadTensor(*stored);
}

void LoadState(torch::nn::Module& module, const TensorFile& file, const std::string& prefix,
               const std::string& path) {
  torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : NamedState(module)) {
    const NamedTensor* stored = file.Find(prefix + name);
    if (stored == nullptr)
      throw std::runtime_error(fmt::format("{}: tensor '{}' is missing", path, prefix + name));
    if (stored->shape != tensor.sizes().vec()) {
      throw std::runtime_error(fmt::format("{}: tensor '{}' has shape {}, wanted {}", path,
                                           prefix + name, ShapeText(stored->shape),
                                           ShapeText(tensor.sizes().vec())));
    }
    auto target = tensor;
    target.copy_(LoadTensor(*stored));
  }
}

std::vector<std::string> LoadWeights(torch::nn::Module& module, const std::string& path) {
  torch::NoGradGuard no_grad;
  TensorFile file = ReadTensorFile(path);
  const bool checkpoint = file.Find("model.encoder.embed.weight") != nullptr;
  const std::string prefix = checkpoint ? "model." : "";
  if (!checkpoint) FillFolded(module);
  ExpectNothingElse(module, file, prefix, path);
  PlaceBands(module, prefix, file);
  AddNeutralInputs(module, prefix, file);
  const auto missing = MissingBlocks(module, file, prefix);
  AddNeutralBlocks(module, missing, prefix, file);
  if (checkpoint) {
    LoadState(module, file, prefix, path);
    for (const auto& [name, tensor] : NamedState(module)) {  // parameters and learned codebooks
      auto target = tensor;
      if (const NamedTensor* stored = file.Find("ema." + name)) target.copy_(LoadTensor(*stored));
    }
  } else {
    for (const auto& [name, tensor] : NamedState(module)) {
      if (IsFolded(name) && missing.count(BlockOf(name)) == 0)
        file.tensors.push_back(StoreTensor(name, tensor));
    }
    LoadState(module, file, prefix, path);
    FillFolded(module);  // once more, for the sums of the codebooks that were just read
  }
  return {missing.begin(), missing.end()};
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

FoundCheckpoint NewestCheckpoint(const std::filesystem::path& run, std::ostream& complain) {
  const auto checkpoints = ListCheckpoints(run);
  for (auto candidate = checkpoints.rbegin(); candidate != checkpoints.rend(); ++candidate) {
    try {
      return {*candidate, nlohmann::json::parse(ReadTensorFile(candidate->string()).json)};
    } catch (const std::runtime_error& error) {  // damaged: the one before will do
      if (std::next(candidate) == checkpoints.rend()) throw;
      complain << error.what() << "; trying the checkpoint before it\n";
    }
  }
  throw std::runtime_error(fmt::format("{}: no checkpoint to resume from", run.string()));
}

void RemoveOldCheckpoints(const std::filesystem::path& run, int64_t keep) {
  auto checkpoints = ListCheckpoints(run);
  while (checkpoints.size() > static_cast<size_t>(keep)) {
    std::filesystem::remove(checkpoints.front());
    checkpoints.erase(checkpoints.begin());
  }
  for (const auto& folder : {run, run / "checkpoints"}) {
    if (!std::filesystem::is_directory(folder)) continue;
    std::vector<std::filesystem::path> unfinished;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().filename().string().find(".ckpt.writing-") != std::string::npos)
        unfinished.push_back(entry.path());
    }
    for (const auto& path : unfinished) std::filesystem::remove(path);
  }
}

}  // namespace motet::trainer
