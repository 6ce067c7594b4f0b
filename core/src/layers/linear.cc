#include "layers/linear.h"

#include <algorithm>

namespace motet::core {

Linear::Linear(Builder& builder, const std::string& name, size_t in, size_t out, Level rate)
    : in_(in), out_(out) {
  builder.Register(this, rate);
  if (!builder.status().ok()) return;
  Own(builder, builder.Take(builder.weights().Matrix(name, in, out, /*bias=*/true)));
}

Linear::Linear(Builder& builder, const std::string& name, size_t in, size_t out, Level rate,
               size_t rows_per_frame, const std::function<void(float*)>& fill)
    : in_(in), out_(out), rows_per_frame_(rows_per_frame) {
  builder.Register(this, rate);
  if (!builder.status().ok()) return;
  Own(builder, builder.Take(builder.weights().Computed(name, in, out, fill)));
}

void Linear::Own(Builder& builder, const PackedMatrix* matrix) {
  if (matrix != nullptr) operator_ = builder.Take(matrix->NewOperator());
}

Linear::~Linear() {
  if (operator_ != nullptr) xnn_delete_operator(operator_);
}

void Linear::Step(size_t rows, const float* x, float* y) {
  xnn_status status = xnn_status_success;
  if (rows != reshaped_) {
    status = xnn_reshape_fully_connected_nc_f32(operator_, rows, /*threadpool=*/nullptr);
    reshaped_ = rows;
  }
  if (status == xnn_status_success) status = xnn_setup_fully_connected_nc_f32(operator_, x, y);
  if (status == xnn_status_success) status = xnn_run_operator(operator_, /*threadpool=*/nullptr);
  if (status != xnn_status_success) {
    failure_ = status;
    std::fill_n(y, rows * out_, 0.0f);
  }
}

double Linear::multiply_adds() const {
  return static_cast<double>(in_) * static_cast<double>(out_) *
         static_cast<double>(rows_per_frame_);
}

}  // namespace motet::core
