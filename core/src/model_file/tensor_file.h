// The container of named tensors in a `.motetmodel` file (docs/FORMAT.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "motet/status.h"

namespace motet::core {

enum class DType : uint8_t { kF32 = 0, kF16 = 1, kInt8 = 2 };

const char* DTypeName(DType dtype);
// As in "[128, 1024]".
std::string ShapeText(const std::vector<size_t>& shape);

// A tensor as it lies in the file.
struct StoredTensor {
  DType dtype = DType::kF32;
  std::vector<size_t> shape;
  std::span<const uint8_t> data;

  size_t size() const;               // values
  bool Finite() const;               // whether all of them are
  void Decode(float* values) const;  // size() values as f32
  // Of a tensor of int8, whose values are scales[row] · steps[i]: the shape[0] scales, and the
  // steps.
  void DecodeScales(float* scales) const;
  const int8_t* steps() const;
};

// Whether all of them are integers of at most this magnitude.
bool AreIntegers(std::span<const float> values, float most);

// A file's parts, as views into its bytes, which must outlive it.
class TensorFile {
 public:
  // Checks everything that FORMAT.md states: magic, version, every length, every checksum, that
  // names are unique and gaps are zero. `name` stands for the file in errors.
  static Result<TensorFile> Parse(std::span<const uint8_t> bytes, const std::string& name);

  std::string_view json() const { return json_; }
  const std::map<std::string, StoredTensor, std::less<>>& tensors() const { return tensors_; }

 private:
  std::string_view json_;
  std::map<std::string, StoredTensor, std::less<>> tensors_;
};

}  // namespace motet::core
