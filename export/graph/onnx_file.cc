#include "graph/onnx_file.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "model/tensor_file.h"

namespace motet::exporter {

void WriteOnnxFile(const std::string& path, const onnx::ModelProto& model) {
  const std::string place = trainer::PlaceToWrite(path), pending = place + ".writing";
  std::ofstream file(pending, std::ios::binary | std::ios::trunc);
  if (!file) throw std::runtime_error(path + ": cannot be created");
  const bool written = model.SerializeToOstream(&file);
  file.close();
  std::error_code error;
  if (written && file.good()) std::filesystem::rename(pending, place, error);
  if (!written || !file.good() || error) {
    std::error_code ignored;
    std::filesystem::remove(pending, ignored);
    throw std::runtime_error(path + ": cannot be written" + (error ? ": " + error.message() : ""));
  }
}

}  // namespace motet::exporter
