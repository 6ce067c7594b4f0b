// The container of docs/FORMAT.md: one JSON text and named tensors. Model files and the trainer's
// checkpoints are such files. Knows bytes only: what the JSON says and what the tensors mean is the
// caller's. No LibTorch here, so the exporter needs none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace motet::trainer {

// Numbers as in the file. The last three are for checkpoints; a model file holds the first three
// only.
enum class DType : uint8_t { kF32 = 0, kF16 = 1, kInt8 = 2, kF64 = 3, kI64 = 4, kU8 = 5 };

const char* DTypeName(DType dtype);  // "f32", "f16", "int8", "f64", "i64", "u8"

// Row-major values, little-endian, exactly as stored: for int8 one f32 scale per index of the first
// dimension, then the values.
struct NamedTensor {
  std::string name;  // ASCII, unique in a file
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;  // 0 to 4 dimensions; none is a scalar
  std::vector<std::byte> data;

  int64_t size() const;  // number of values
};

// Bytes that `shape` takes when stored as `dtype`.
uint64_t StoredBytes(DType dtype, const std::vector<int64_t>& shape);

// "[3, 4]", for messages.
std::string ShapeText(const std::vector<int64_t>& shape);

struct TensorFile {
  std::string json;
  std::vector<NamedTensor> tensors;  // in the order of the file

  const NamedTensor* Find(const std::string& name) const;  // null if there is none
};

// Where a file is to be renamed to, so that `path` names it then: at the end of the chain of
// symbolic links that `path` may be. Throws std::runtime_error if what is there is no regular file,
// such as a device or a pipe, which renaming would do away with, or if there is no folder for it.
std::string PlaceToWrite(const std::string& path);

// The same, before the work that fills the file: throws also if there is one and `force` is not
// set.
std::string CheckOutput(const std::string& path, bool force);

// Writes beside `path`, syncs, then renames: a reader sees the old file or the new one, whole.
// Throws std::runtime_error, one sentence naming file, tensor, found and wanted, and leaves nothing
// behind.
void WriteTensorFile(const std::string& path, const std::string& json,
                     const std::vector<NamedTensor>& tensors);

// Reads a whole file and checks every length, offset, gap and checksum. Throws std::runtime_error
// as above.
TensorFile ReadTensorFile(const std::string& path);

}  // namespace motet::trainer
