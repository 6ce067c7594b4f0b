// Music conditioning: features predicted from the codes, and FiLM (Perez et al., 2018), which
// modulates a level of the decoder with them.
#pragma once

#include <string>

#include "arithmetic/kernels.h"
#include "layers/linear.h"

namespace motet::core {

class Conditioning : public Layer {
 public:
  explicit Conditioning(Builder& builder);

  // Latents of coarse [packets, D] and mid [2·packets, D] give rows m [2·packets, features()].
  void Step(size_t packets, const float* zq_coarse, const float* zq_mid, float* m);

  size_t features() const { return output_.out(); }

 private:
  const Kernels& kernels_ = BestKernels();
  Linear coarse_;
  Linear mid_;
  Linear output_;
  Buffer<float> from_coarse_;
  Buffer<float> from_mid_;
};

class Film : public Layer {
 public:
  // Tensors `name`.{weight,bias}.
  Film(Builder& builder, const std::string& name, size_t channels, Level rate);

  // h ← h·(1 + g) + s with [g, s] = Linear(m), frame by frame.
  void Step(size_t frames, const float* m, float* h);

  double multiply_adds() const override { return static_cast<double>(channels_); }

 private:
  const Kernels& kernels_ = BestKernels();
  const size_t channels_;
  Linear linear_;
  Buffer<float> gs_;
};

}  // namespace motet::core
