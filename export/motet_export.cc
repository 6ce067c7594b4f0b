// motet-export: from a training run to a model file for core, and to ONNX graphs.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "average.h"
#include "entropy_transfer.h"
#include "graph/decoder.h"
#include "graph/encoder.h"
#include "graph/onnx_file.h"
#include "named_program.h"
#include "trained_model.h"

namespace motet::exporter {
namespace {

using trainer::DType;

struct Options {
  std::vector<std::string> sources;
  std::string out;
  std::string onnx;
  std::string entropy_of;
  DType storage = DType::kF32;
  bool force = false;
};

void Report(const std::string& path) {
  std::printf("%s  %.2f MB\n", path.c_str(),
              static_cast<double>(std::filesystem::file_size(path)) / 1e6);
}

// One, or the mean of several.
TrainedModel Load(const std::vector<std::string>& sources) {
  std::vector<TrainedModel> models;
  for (const std::string& source : sources) models.push_back(LoadTrainedModel(source));
  return models.size() == 1 ? std::move(models.front()) : Average(models, sources);
}

std::string NameOf(const std::vector<std::string>& sources) {
  if (sources.size() == 1) return sources.front();
  return "mean of " + std::to_string(sources.size()) + " models";
}

int Run(const Options& options) {
  if (options.out.empty() && options.onnx.empty()) {
    std::fprintf(stderr, "motet-export: nothing to write; give --out, --onnx or both\n");
    return 2;
  }
  const std::filesystem::path folder = options.onnx;
  const std::string encoder_path = (folder / "encoder.onnx").string();
  const std::string decoder_path = (folder / "decoder.onnx").string();
  const std::string entropy_path = (folder / "entropy.tensors").string();
  if (!options.out.empty()) trainer::CheckOutput(options.out, options.force);
  if (!options.onnx.empty() && std::filesystem::exists(folder)) {
    if (!std::filesystem::is_directory(folder))
      throw std::runtime_error(options.onnx + ": is a file, wanted a folder");
    for (const std::string& path : {encoder_path, decoder_path, entropy_path})
      trainer::CheckOutput(path, options.force);
  }

  TrainedModel model = Load(options.sources);
  if (!options.entropy_of.empty()) TakeEntropyModel(model, options.entropy_of, options.storage);
  int64_t parameters = 0;
  for (const auto& [name, weight] : model.weights) {
    parameters += static_cast<int64_t>(weight.values.size());
  }
  std::printf("%s: model %s, identity %s, %.2f M parameters\n", NameOf(options.sources).c_str(),
              model.config.name.c_str(), model.identity.c_str(),
              static_cast<double>(parameters) / 1e6);
  if (options.sources.size() > 1 && !model.entropy && !options.out.empty()) {
    std::printf(
        "the mean has no entropy model: streams get smaller with one, which motet-entropy makes\n");
  }
  // Everything is built before the first file is written, so that a failure leaves no file behind.
  std::optional<onnx::ModelProto> encoder;
  std::optional<onnx::ModelProto> decoder;
  if (!options.onnx.empty()) {
    encoder = EncoderGraph(model);
    decoder = DecoderGraph(model);
    std::filesystem::create_directories(folder);
  }
  if (!options.out.empty()) {
    WriteModelFile(options.out, model, options.storage);
    Report(options.out);
  }
  if (encoder && decoder) {
    WriteOnnxFile(encoder_path, *encoder);
    Report(encoder_path);
    WriteOnnxFile(decoder_path, *decoder);
    Report(decoder_path);
    if (model.entropy) {
      WriteEntropyFile(entropy_path, model);
      Report(entropy_path);
    } else {
      std::filesystem::remove(entropy_path);  // of the model whose graphs were replaced
    }
  }
  return 0;
}

}  // namespace
}  // namespace motet::exporter

int main(int argc, char** argv) {
  using motet::trainer::DType;
  motet::exporter::Options options;
  CLI::App app{"Writes a trained network as a model file for motet and as ONNX graphs."};
  motet::trainer::NameProgram(app, "motet-export");
  app.add_option("source", options.sources,
                 "Training run (a folder with best.ckpt in it), checkpoint or model file; of "
                 "several the mean of their weights is taken")
      ->required();
  app.add_option("-o,--out", options.out, "Model file to write (.motetmodel)");
  const std::map<std::string, DType> storages = {
      {"f32", DType::kF32}, {"f16", DType::kF16}, {"int8", DType::kInt8}};
  app.add_option_function<std::string>(
         "-w,--weights", [&](const std::string& name) { options.storage = storages.at(name); },
         "How the model file stores weights (default f32)")
      ->check(CLI::IsMember({"f32", "f16", "int8"}))
      ->type_name("f32|f16|int8");
  app.add_option(
      "--onnx", options.onnx,
      "Folder to write encoder.onnx and decoder.onnx into (f32), and entropy.tensors if the "
      "model has an entropy model");
  app.add_option(
      "--entropy-of", options.entropy_of,
      "Model file whose entropy model to take; its encoder and codebooks must be the same, "
      "as after training with training.learn=decoder");
  app.add_flag("-f,--force", options.force, "Replace files that exist already");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return motet::exporter::Run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "motet-export: %s\n", error.what());
    return 1;
  }
}
