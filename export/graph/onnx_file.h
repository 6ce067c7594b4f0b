// Writing an ONNX model to disk.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

namespace motet::exporter {

// Writes beside `path`, then renames. Throws std::runtime_error naming the file and leaves nothing
// behind.
void WriteOnnxFile(const std::string& path, const onnx::ModelProto& model);

}  // namespace motet::exporter
