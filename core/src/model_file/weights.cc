#include "model_file/weights.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace motet::core {
namespace {

// XNNPACK's weights cache, for one matrix: `context` is the buffer of its packed values.
Buffer<uint8_t>& Packed(void* context) { return *static_cast<Buffer<uint8_t>*>(context); }

size_t LookUp(void* context, const xnn_weights_cache_look_up_key*) {
  return Packed(context).empty() ? SIZE_MAX : 0;
}

void* ReserveSpace(void* context, size_t bytes) {
  return Packed(context).AllocateForOverwrite(bytes) ? Packed(context).data() : nullptr;
}

size_t LookUpOrInsert(void*, const xnn_weights_cache_look_up_key*, void*, size_t) { return 0; }

bool IsFinalized(void*) { return true; }

void* OffsetToAddress(void* context, size_t) { return Packed(context).data(); }

xnn_status DeleteCache(void*) { return xnn_status_success; }

Status XnnpackStatus(xnn_status status, const char* what) {
  if (status == xnn_status_success) return {};
  if (status == xnn_status_out_of_memory) {
    return Status(StatusCode::kOutOfMemory, std::string("no memory for ") + what);
  }
  return Status(StatusCode::kInternal, std::string("XNNPACK refused ") + what + " with status " +
                                           std::to_string(static_cast<int>(status)));
}

}  // namespace

Result<xnn_operator_t> PackedMatrix::Create(const void* weight, const float* scales,
                                            const float* bias) const {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (Status status = XnnpackStatus(xnn_initialize(nullptr), "to start"); !status.ok()) {
    return status;
  }
  xnn_operator_t op = nullptr;
  const xnn_status created =
      is_int8_ ? xnn_create_fully_connected_nc_qd8_f32_qc8w(
                     in_, out_, in_, out_, scales, static_cast<const int8_t*>(weight), bias,
                     -kInfinity, kInfinity, /*flags=*/0, /*code_cache=*/nullptr, &provider_, &op)
               : xnn_create_fully_connected_nc_f32(
                     in_, out_, in_, out_, static_cast<const float*>(weight), bias, -kInfinity,
                     kInfinity, /*flags=*/0, /*code_cache=*/nullptr, &provider_, &op);
  if (Status status = XnnpackStatus(created, "a matrix product"); !status.ok()) return status;
  return op;
}

Status PackedMatrix::Pack(size_t in, size_t out, const float* weight, const float* bias) {
  return Own(in, out, /*is_int8=*/false, weight, /*scales=*/nullptr, bias);
}

Status PackedMatrix::PackInt8(size_t in, size_t out, const int8_t* steps, const float* scales,
                              const float* bias) {
  return Own(in, out, /*is_int8=*/true, steps, scales, bias);
}

Status PackedMatrix::Own(size_t in, size_t out, bool is_int8, const void* weight,
                         const float* scales, const float* bias) {
  in_ = in;
  out_ = out;
  is_int8_ = is_int8;
  provider_ = {&packed_,    LookUp,          ReserveSpace, LookUpOrInsert,
               IsFinalized, OffsetToAddress, DeleteCache};
  Result<xnn_operator_t> op = Create(weight, scales, bias);
  if (!op.ok()) return op.status();
  xnn_delete_operator(*op);
  return {};
}

Result<xnn_operator_t> PackedMatrix::NewOperator() const {
  return Create(nullptr, nullptr, nullptr);
}

Weights::Weights(const TensorFile* file, std::string name)
    : file_(file), file_name_(std::move(name)) {}

Status Weights::Fail(StatusCode code, const std::string& what) const {
  return Status(code, file_name_ + ": " + what);
}

Status Weights::NoMemory(const std::string& name) const {
  return Fail(StatusCode::kOutOfMemory, "no memory for tensor '" + name + "'");
}

Result<const StoredTensor*> Weights::Find(const std::string& name,
                                          std::span<const size_t> shape) const {
  const std::vector<size_t> wanted(shape.begin(), shape.end());
  const auto found = file_->tensors().find(name);
  if (found == file_->tensors().end()) {
    return Fail(StatusCode::kModelMismatch,
                "tensor '" + name + "' is missing, wanted " + ShapeText(wanted));
  }
  const StoredTensor& tensor = found->second;
  if (tensor.shape != wanted) {
    return Fail(StatusCode::kModelMismatch, "tensor '" + name + "' has shape " +
                                                ShapeText(tensor.shape) + ", wanted " +
                                                ShapeText(wanted));
  }
  return &tensor;
}

Status Weights::Check(const std::string& name, std::span<const size_t> shape) {
  const Result<const StoredTensor*> tensor = Find(name, shape);
  if (!tensor.ok()) return tensor.status();
  if (!used_.insert(name).second || (*tensor)->Finite()) return {};
  return Fail(StatusCode::kCorrupt,
              "tensor '" + name + "' holds a value that is not a finite number");
}

Status Weights::Read(const std::string& name, std::span<const size_t> shape,
                     Buffer<float>* values) {
  if (checking_) {
    if (Status status = Check(name, shape); !status.ok()) return status;
  }
  const Result<const StoredTensor*> tensor = Find(name, shape);
  if (!tensor.ok()) return tensor.status();
  if (!values->AllocateForOverwrite((*tensor)->size())) return NoMemory(name);
  (*tensor)->Decode(values->data());
  return {};
}

Result<const PackedMatrix*> Weights::Keep(const std::string& name, const PackMatrix& pack) {
  PackedMatrix& matrix = matrices_[name];
  if (Status status = pack(&matrix); !status.ok()) {
    matrices_.erase(name);
    return Fail(status.code(), status.message() + " for '" + name + "'");
  }
  return &matrix;
}

Result<const PackedMatrix*> Weights::Matrix(const std::string& name, size_t in, size_t out,
                                            bool bias) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = matrices_.find(name); found != matrices_.end()) return &found->second;
  const size_t weight_shape[] = {out, in}, bias_shape[] = {out};
  if (checking_) {
    Status status = Check(name + ".weight", weight_shape);
    if (status.ok() && bias) status = Check(name + ".bias", bias_shape);
    if (!status.ok()) return status;
    return nullptr;
  }
  Buffer<float> weight_values, bias_values;
  if (Status s = Read(name + ".weight", weight_shape, &weight_values); !s.ok()) return s;
  if (bias) {
    if (Status s = Read(name + ".bias", bias_shape, &bias_values); !s.ok()) return s;
  }
  return Keep(name, [&](PackedMatrix* matrix) {
    return matrix->Pack(in, out, weight_values.data(), bias ? bias_values.data() : nullptr);
  });
}

Result<const PackedMatrix*> Weights::Int8Matrix(const std::string& name, size_t in, size_t out) {
  const size_t weight_shape[] = {out, in}, bias_shape[] = {out};
  const Result<const StoredTensor*> tensor = Find(name + ".weight", weight_shape);
  if (!tensor.ok()) return tensor.status();
  if (checking_ || (*tensor)->dtype != DType::kInt8) return Matrix(name, in, out, /*bias=*/true);
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string key = name + " (int8)";
  if (const auto found = matrices_.find(key); found != matrices_.end()) return &found->second;
  Buffer<float> scales, bias;
  if (!scales.AllocateForOverwrite(out)) return NoMemory(name);
  (*tensor)->DecodeScales(scales.data());
  if (Status s = Read(name + ".bias", bias_shape, &bias); !s.ok()) return s;
  return Keep(key, [&](PackedMatrix* matrix) {
    return matrix->PackInt8(in, out, (*tensor)->steps(), scales.data(), bias.data());
  });
}

Result<const float*> Weights::Values(const std::string& name, std::span<const size_t> shape) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = values_.find(name); found != values_.end()) return found->second.data();
  if (checking_) {
    if (Status status = Check(name, shape); !status.ok()) return status;
    return nullptr;
  }
  Buffer<float> values;
  if (Status status = Read(name, shape, &values); !status.ok()) return status;
  return (values_[name] = std::move(values)).data();
}

Result<const float*> Weights::Transposed(const std::string& name, size_t rows, size_t columns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string key = name + " (transposed)";
  if (const auto found = values_.find(key); found != values_.end()) return found->second.data();
  const size_t shape[] = {rows, columns};
  if (checking_) {
    if (Status status = Check(name, shape); !status.ok()) return status;
    return nullptr;
  }
  Buffer<float> values, transposed;
  if (Status status = Read(name, shape, &values); !status.ok()) return status;
  if (!transposed.AllocateForOverwrite(rows * columns)) return NoMemory(name);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column)
      transposed.data()[column * rows + row] = values.data()[row * columns + column];
  }
  return (values_[key] = std::move(transposed)).data();
}

Result<const PackedMatrix*> Weights::Computed(const std::string& name, size_t in, size_t out,
                                              const std::function<void(float*)>& fill) {
  if (checking_) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = matrices_.find(name); found != matrices_.end()) return &found->second;
  Buffer<float> values;
  if (!values.Allocate(in * out)) return NoMemory(name);
  fill(values.data());
  return Keep(name, [&](PackedMatrix* matrix) {
    return matrix->Pack(in, out, values.data(), /*bias=*/nullptr);
  });
}

Result<const float*> Weights::ComputedValues(const std::string& name, size_t size,
                                             const std::function<void(float*)>& fill) {
  if (checking_) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = values_.find(name); found != values_.end()) return found->second.data();
  Buffer<float> values;
  if (!values.Allocate(size)) return NoMemory(name);
  fill(values.data());
  return (values_[name] = std::move(values)).data();
}

Result<const uint8_t*> Weights::ComputedBytes(const std::string& name,
                                              const std::function<Status(Buffer<uint8_t>*)>& fill) {
  if (checking_) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = bytes_.find(name); found != bytes_.end()) return found->second.data();
  Buffer<uint8_t> bytes;
  if (Status status = fill(&bytes); !status.ok()) return status;
  return (bytes_[name] = std::move(bytes)).data();
}

Status Weights::FinishCheck() {
  for (const auto& [name, tensor] : file_->tensors()) {
    if (!used_.contains(name)) {
      return Fail(StatusCode::kModelMismatch, "tensor '" + name + "' " + ShapeText(tensor.shape) +
                                                  " does not belong to this configuration");
    }
  }
  used_.clear();
  checking_ = false;
  return {};
}

}  // namespace motet::core
