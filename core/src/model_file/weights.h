// A model's weights in the form in which the layers use them, made when a first encoder or decoder
// asks for them, and shared by all that follow.
#pragma once

#include <xnnpack.h>

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>

#include "arithmetic/buffer.h"
#include "model_file/tensor_file.h"
#include "motet/status.h"

namespace motet::core {

// A matrix packed by XNNPACK, and any number of operators that share it.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  PackedMatrix(const PackedMatrix&) = delete;
  PackedMatrix& operator=(const PackedMatrix&) = delete;

  // y = W x + b for W[out, in] and b[out]; `bias` may be null. The values are not needed
  // afterwards.
  Status Pack(size_t in, size_t out, const float* weight, const float* bias);
  // The same for W = scales[row] · steps[row][column] and x that is quantized, too.
  Status PackInt8(size_t in, size_t out, const int8_t* steps, const float* scales,
                  const float* bias);

  // A new operator over the packed values; the caller deletes it before the matrix.
  Result<xnn_operator_t> NewOperator() const;

  size_t in() const { return in_; }
  size_t out() const { return out_; }
  bool is_int8() const { return is_int8_; }

 private:
  Result<xnn_operator_t> Create(const void* weight, const float* scales, const float* bias) const;
  Status Own(size_t in, size_t out, bool is_int8, const void* weight, const float* scales,
             const float* bias);

  size_t in_ = 0;
  size_t out_ = 0;
  bool is_int8_ = false;
  mutable Buffer<uint8_t> packed_;
  // XNNPACK asks this "cache" before it packs: only Pack finds it empty. Nothing writes afterwards,
  // so operators of several threads may share it.
  mutable xnn_weights_cache_provider provider_{};
};

// Finds weights by name and expected shape, decodes and packs what is asked for the first time, and
// keeps it. Threads may share it.
class Weights {
 public:
  // `file` must live as long; `name` stands for it in errors.
  Weights(const TensorFile* file, std::string name);

  // The tensors `name`.weight [out, in] and, with a bias, `name`.bias [out].
  Result<const PackedMatrix*> Matrix(const std::string& name, size_t in, size_t out, bool bias);
  // The same for products of int8, or as Matrix gives it where the file holds no int8.
  Result<const PackedMatrix*> Int8Matrix(const std::string& name, size_t in, size_t out);
  // The tensor `name`, row-major.
  Result<const float*> Values(const std::string& name, std::span<const size_t> shape);
  // The tensor `name` [rows, columns], transposed: [columns, rows].
  Result<const float*> Transposed(const std::string& name, size_t rows, size_t columns);
  // A matrix [out, in] that is not in the file but computed: `fill` gets room for its values.
  Result<const PackedMatrix*> Computed(const std::string& name, size_t in, size_t out,
                                       const std::function<void(float*)>& fill);
  // Values that are computed once from others.
  Result<const float*> ComputedValues(const std::string& name, size_t size,
                                      const std::function<void(float*)>& fill);

  // Integers that are computed once: `fill` allocates them and may call Read.
  Result<const uint8_t*> ComputedBytes(const std::string& name,
                                       const std::function<Status(Buffer<uint8_t>*)>& fill);
  // The tensor `name`, row-major, for the caller alone: nothing is kept.
  Status Read(const std::string& name, std::span<const size_t> shape, Buffer<float>* values);

  // From here to FinishCheck nothing is kept or computed: tensors that are asked for are checked,
  // and answers are null. FinishCheck fails if the file holds a tensor that nobody asked for.
  void BeginCheck() { checking_ = true; }
  // Between the two: the tensor `name` is there, has this shape and finite values.
  Status Check(const std::string& name, std::span<const size_t> shape);
  Status FinishCheck();

 private:
  Result<const StoredTensor*> Find(const std::string& name, std::span<const size_t> shape) const;
  using PackMatrix = std::function<Status(PackedMatrix*)>;
  Result<const PackedMatrix*> Keep(const std::string& name, const PackMatrix& pack);
  Status Fail(StatusCode code, const std::string& what) const;
  Status NoMemory(const std::string& name) const;

  const TensorFile* file_;
  std::string file_name_;
  bool checking_ = false;
  std::set<std::string, std::less<>> used_;  // by the check
  std::mutex mutex_;                         // for what follows
  std::map<std::string, PackedMatrix, std::less<>> matrices_;
  std::map<std::string, Buffer<float>, std::less<>> values_;
  std::map<std::string, Buffer<uint8_t>, std::less<>> bytes_;
};

}  // namespace motet::core
