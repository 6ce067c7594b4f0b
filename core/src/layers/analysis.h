// Analysis: the complex spectrum of mid and side, one row per hop.
#pragma once

#include <array>

#include "arithmetic/kernels.h"
#include "layers/fourier.h"
#include "layers/history.h"

namespace motet::core {

class Analysis : public Layer {
 public:
  explicit Analysis(Builder& builder);

  // Takes frames · hop samples of mid and side, writes `frames` rows of [mid, side] spectrum,
  // 2 · window values.
  void Step(size_t frames, const float* mid, const float* side, float* spectrum);
  // Compands rows of Step.
  void Compand(size_t frames, float* spectrum) const;

  void Reset() override;

 private:
  const Kernels& kernels_ = BestKernels();
  const size_t window_;
  const size_t hop_;
  const float exponent_;
  const float epsilon_;
  Fourier transform_;
  std::array<History, 2> samples_;
  Buffer<float> windows_;
};

}  // namespace motet::core
