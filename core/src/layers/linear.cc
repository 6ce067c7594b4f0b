#include "layers/linear.h"

#include <algorithm>

namespace motet::core {
namespace {

// At most, of a product of int8. XNNPACK computes the last row of an incomplete tile again and
// again, with the scales that lie behind it. (Its own XNN_EXTRA_QUANTIZATION_PARAMS is too small
// for AMX.)
constexpr size_t kTileRows = 16;
static_assert(kTileRows >= XNN_EXTRA_QUANTIZATION_PARAMS);

}  // namespace

Linear::Linear(Builder& builder, const std::string& name, size_t in, size_t out, Level rate,
               Precision precision)
    : in_(in), out_(out) {
  builder.Register(this, rate);
  if (!builder.status().ok()) return;
  Own(builder, builder.Take(precision == Precision::kInt8
                                ? builder.weights().Int8Matrix(name, in, out)
                                : builder.weights().Matrix(name, in, out, /*bias=*/true)));
  if (!is_int8_) return;
  const size_t rows = builder.max_frames(rate);
  builder.Allocate(&quantized_, rows * in);
  builder.Allocate(&scales_, rows + kTileRows);
}

Linear::Linear(Builder& builder, const std::string& name, size_t in, size_t out, Level rate,
               size_t rows_per_frame, const std::function<void(float*)>& fill)
    : in_(in), out_(out), rows_per_frame_(rows_per_frame) {
  builder.Register(this, rate);
  if (!builder.status().ok()) return;
  Own(builder, builder.Take(builder.weights().Computed(name, in, out, fill)));
}

void Linear::Own(Builder& builder, const PackedMatrix* matrix) {
  if (matrix == nullptr) return;
  operator_ = builder.Take(matrix->NewOperator());
  is_int8_ = matrix->is_int8();
}

Linear::~Linear() {
  if (operator_ != nullptr) xnn_delete_operator(operator_);
}

void Linear::Step(size_t rows, const float* x, float* y) {
  xnn_status status = is_int8_ ? SetUpInt8(rows, x, y) : SetUpFloat32(rows, x, y);
  reshaped_ = rows;
  if (status == xnn_status_success) status = xnn_run_operator(operator_, /*threadpool=*/nullptr);
  if (status != xnn_status_success) {
    failure_ = status;
    std::fill_n(y, rows * out_, 0.0f);
  }
}

xnn_status Linear::SetUpFloat32(size_t rows, const float* x, float* y) {
  if (rows != reshaped_) {
    const xnn_status status =
        xnn_reshape_fully_connected_nc_f32(operator_, rows, /*threadpool=*/nullptr);
    if (status != xnn_status_success) return status;
  }
  return xnn_setup_fully_connected_nc_f32(operator_, x, y);
}

xnn_status Linear::SetUpInt8(size_t rows, const float* x, float* y) {
  static_assert(sizeof(RowScale) == sizeof(xnn_quantization_params));
  kernels_.quantize(x, rows, in_, quantized_.data(), scales_.data());
  std::fill_n(scales_.data() + rows, kTileRows, scales_[rows - 1]);
  if (rows != reshaped_) {
    const xnn_status status =
        xnn_reshape_fully_connected_nc_qd8_f32_qc8w(operator_, rows, /*threadpool=*/nullptr);
    if (status != xnn_status_success) return status;
  }
  return xnn_setup_fully_connected_nc_qd8_f32_qc8w(
      operator_, quantized_.data(), y,
      reinterpret_cast<const xnn_quantization_params*>(scales_.data()));
}

double Linear::multiply_adds() const {
  return static_cast<double>(in_) * static_cast<double>(out_) *
         static_cast<double>(rows_per_frame_);
}

}  // namespace motet::core
