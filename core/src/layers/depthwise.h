// Depthwise: a causal convolution of each channel with its own kernel.
#pragma once

#include <string>

#include "arithmetic/kernels.h"
#include "layers/history.h"

namespace motet::core {

class Depthwise : public Layer {
 public:
  // `name`.weight [kernel, channels] and `name`.bias [channels]. Keeps at least `min_past` frames.
  Depthwise(Builder& builder, const std::string& name, size_t channels, size_t kernel,
            size_t dilation, Level rate, size_t min_past = 0);

  // x and y may be the same.
  void Step(size_t frames, const float* x, float* y);
  // The frame of the last Step's input that lies `ago` frames before its first; ago <= min_past.
  const float* Past(size_t ago) { return history_.oldest() + (history_.past() - ago) * channels_; }

  void Reset() override { history_.Reset(); }
  double multiply_adds() const override { return static_cast<double>(kernel_ * channels_); }

 private:
  const Kernels& kernels_ = BestKernels();
  const size_t channels_;
  const size_t kernel_;
  const size_t dilation_;
  const float* weight_ = nullptr;
  const float* bias_ = nullptr;
  History history_;
};

}  // namespace motet::core
