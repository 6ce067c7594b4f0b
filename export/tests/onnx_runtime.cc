#include "onnx_runtime.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

// Set by CMake: the node program (empty if there is none), the package's main file, and
// run_onnx.mjs.
#ifndef MOTET_NODE
#error "MOTET_NODE, MOTET_ONNXRUNTIME and MOTET_RUN_ONNX must be defined"
#endif

namespace motet::exporter {
namespace {

template <typename T>
void Spill(const std::string& path, const std::vector<T>& values, bool append = false) {
  std::ofstream file(path, std::ios::binary | (append ? std::ios::app : std::ios::trunc));
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (!file) throw std::runtime_error(path + ": cannot be written");
}

template <typename T>
std::vector<T> Slurp(const std::string& path) {
  std::vector<T> values(std::filesystem::file_size(path) / sizeof(T));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (!file) throw std::runtime_error(path + ": cannot be read");
  return values;
}

std::string Quoted(const std::string& text) { return "'" + text + "'"; }

}  // namespace

std::string OnnxRuntime::Missing() {
  if (std::string(MOTET_NODE).empty()) return "Node was not found when the build was configured";
  if (!std::filesystem::exists(MOTET_ONNXRUNTIME)) {
    return "the npm package onnxruntime-web is not there (the test onnxruntime_install fetches it)";
  }
  return "";
}

void OnnxRuntime::Run(const std::string& model, const std::string& shape) const {
  const std::string command = Quoted(MOTET_NODE) + " " + Quoted(MOTET_RUN_ONNX) + " " +
                              Quoted(MOTET_ONNXRUNTIME) + " " + Quoted(model) + " " +
                              Quoted(Path("input")) + " " + shape + " " + Quoted(folder_);
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

std::vector<int64_t> OnnxRuntime::Encode(const std::string& encoder_onnx,
                                         const std::array<std::vector<float>, 2>& audio) const {
  Spill(Path("input"), audio[0]);
  Spill(Path("input"), audio[1], /*append=*/true);
  Run(encoder_onnx, "1x2x" + std::to_string(audio[0].size()));
  return Slurp<int64_t>(Path("codes"));
}

OnnxRuntime::Decoded OnnxRuntime::Decode(const std::string& decoder_onnx,
                                         const std::vector<int64_t>& packets,
                                         size_t packet_codes) const {
  Spill(Path("input"), packets);
  Run(decoder_onnx,
      "1x" + std::to_string(packets.size() / packet_codes) + "x" + std::to_string(packet_codes));
  const auto samples = Slurp<float>(Path("audio"));
  const auto half = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  return {{std::vector<float>(samples.begin(), half), std::vector<float>(half, samples.end())},
          Slurp<float>(Path("features"))};
}

}  // namespace motet::exporter
