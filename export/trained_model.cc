#include "trained_model.h"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "folding.h"
#include "identity.h"
#include "model/tensor_storage.h"

namespace motet::exporter {
namespace {

using nlohmann::json;
using trainer::DType;
using trainer::NamedTensor;
using trainer::TensorFile;

bool IsFloat(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kInt8 ||
         dtype == DType::kF64;
}

Weight ToWeight(const NamedTensor& tensor) { return {tensor.shape, trainer::LoadFloats(tensor)}; }

Weights CheckpointWeights(const TensorFile& file) {
  const std::string model = "model.";
  const std::string average = "ema.";
  Weights weights;
  for (const NamedTensor& tensor : file.tensors) {
    // Counters and flags are no weights; an unknown one would still be missed or complained about
    // by Fold.
    if (tensor.name.starts_with(model) && IsFloat(tensor.dtype)) {
      weights[tensor.name.substr(model.size())] = ToWeight(tensor);
    }
  }
  for (const NamedTensor& tensor : file.tensors) {
    if (!tensor.name.starts_with(average)) continue;
    const auto raw = weights.find(tensor.name.substr(average.size()));
    if (raw != weights.end()) raw->second = ToWeight(tensor);
  }
  return weights;
}

Weights ModelFileWeights(const TensorFile& file) {
  Weights weights;
  for (const NamedTensor& tensor : file.tensors) weights[tensor.name] = ToWeight(tensor);
  return weights;
}

TrainedModel Interpret(const TensorFile& file) {
  const json meta = json::parse(file.json, nullptr, /*allow_exceptions=*/false);
  if (!meta.is_object() || !meta.contains("model")) {
    throw std::runtime_error("its JSON is not an object with the key 'model'");
  }
  TrainedModel model;
  model.config_json = meta["model"];
  model.config = trainer::ParseModelConfig(model.config_json);
  if (model.config.synthesis.type != "istft") {
    throw std::runtime_error("'synthesis.type' is '" + model.config.synthesis.type +
                             "', wanted 'istft': the others are experiments of the trainer");
  }
  model.info = meta.value("info", json::object());
  if (!model.info.is_object()) throw std::runtime_error("'info' is not an object");

  if (meta.contains("identity")) {
    const ModelFileConfig config = trainer::ParseModelFileConfig(file.json);
    model.identity = config.identity;
    model.weights = ModelFileWeights(file);
    if (config.entropy) {
      model.entropy = trainer::ReadEntropyModel(file, config);
      std::erase_if(model.weights,
                    [](const auto& entry) { return trainer::IsEntropyTensor(entry.first); });
    }
    CheckWeights(model.weights, ModelTensors(model.config));
    return model;
  }
  for (const char* fact : {"step", "audio_seconds"}) {
    if (meta.contains(fact)) model.info[fact] = meta[fact];
  }
  model.weights = Fold(CheckpointWeights(file), model.config);
  model.identity = Identity(model.config_json, model.weights);
  return model;
}

// Rank-1 tensors and codebooks are small and sensitive: they are not stored as int8
// (docs/FORMAT.md).
DType StorageOf(const std::string& name, const Weight& weight, DType storage) {
  const bool is_sensitive = weight.shape.size() < 2 || name.ends_with(".codebook");
  return is_sensitive && storage == DType::kInt8 ? DType::kF16 : storage;
}

json Meta(const TrainedModel& model) {
  json meta = {{"model", model.config_json}, {"identity", model.identity}, {"info", model.info}};
  if (model.entropy) meta["entropy"] = model.entropy->ToJson();
  return meta;
}

NamedTensor Stored(const std::string& name, const Weight& weight, DType storage) {
  return trainer::StoreFloats(name, weight.shape, weight.values, StorageOf(name, weight, storage));
}

// The file that `path` means: itself, or in a run's folder its best checkpoint, named with or
// without suffix.
std::string FindFile(const std::string& path) {
  namespace fs = std::filesystem;
  const bool folder = fs::is_directory(path);
  const fs::path base = folder ? fs::path(path) / "best" : fs::path(path);
  for (const fs::path& candidate : {base, fs::path(base.string() + ".ckpt")}) {
    if (fs::is_regular_file(candidate)) return candidate.string();
  }
  if (folder) throw std::runtime_error(path + ": this folder has no checkpoint named best.ckpt");
  return path;  // whose reader says what is wrong with it
}

}  // namespace

TrainedModel LoadTrainedModel(const std::string& path) {
  const std::string file_path = FindFile(path);
  const TensorFile file = trainer::ReadTensorFile(file_path);
  try {
    return Interpret(file);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(file_path + ": " + error.what());
  }
}

Weight AsStored(const std::string& name, const Weight& weight, DType storage) {
  return {weight.shape, trainer::LoadFloats(Stored(name, weight, storage))};
}

void WriteModelFile(const std::string& path, const TrainedModel& model, DType storage) {
  CheckWeights(model.weights, ModelTensors(model.config));
  std::vector<NamedTensor> tensors;
  for (const auto& [name, weight] : model.weights) tensors.push_back(Stored(name, weight, storage));
  if (model.entropy) {
    trainer::CheckEntropyModel(*model.entropy, model.config);
    for (NamedTensor& tensor : model.entropy->Stored()) tensors.push_back(std::move(tensor));
  }
  trainer::WriteTensorFile(path, Meta(model).dump(), tensors);
}

void WriteEntropyFile(const std::string& path, const TrainedModel& model) {
  trainer::CheckEntropyModel(model.entropy.value(), model.config);
  trainer::WriteTensorFile(path, Meta(model).dump(), model.entropy->Stored());
}

}  // namespace motet::exporter
