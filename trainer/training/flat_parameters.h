// Parameters that lie side by side in memory, so that what is done to all of them is one call.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "training/checkpoint.h"

namespace motet::trainer {

class FlatParameters {
 public:
  static constexpr int64_t kRow = 1024;

  // Moves the parameters (float32, on one device) into one piece of memory, in this order, and
  // gives them gradients in another one, all zero, to which backward passes add. Each begins at a
  // multiple of 64 bytes, and all are whole rows of kRow values; what lies between is zero and
  // stays so. The parameters must not be moved elsewhere, nor their gradients be replaced,
  // afterwards.
  explicit FlatParameters(NamedTensors parameters);

  const NamedTensors& named() const { return named_; }
  // [size()], without a gradient of their own.
  const torch::Tensor& values() const { return values_; }
  const torch::Tensor& gradients() const { return gradients_; }
  int64_t size() const { return values_.size(0); }
  // Where parameter i begins, and where what belongs to it ends; size() for i of their number.
  int64_t offset(size_t i) const { return offsets_[i]; }

  // The part of `flat` [size()] that belongs to parameter i, in its shape: the same memory.
  torch::Tensor View(const torch::Tensor& flat, size_t i) const;

 private:
  NamedTensors named_;
  std::vector<int64_t> offsets_;
  torch::Tensor values_, gradients_;
};

}  // namespace motet::trainer
