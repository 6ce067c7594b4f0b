// Synthesis: log-magnitudes and phases of mid and side back to samples, by overlap-add.
#pragma once

#include <array>

#include "arithmetic/kernels.h"
#include "layers/bands.h"
#include "layers/fourier.h"

namespace motet::core {

class Synthesis : public Layer {
 public:
  explicit Synthesis(Builder& builder);

  // Takes `frames` rows of the head: for mid, then side, bins log-magnitudes and bins phases; and a
  // gain for each row. Before, `tones`, unless null, are added, rows of [mid, side] spectrum as of
  // Analysis, and `bands`, unless null, are brought to their levels. Writes frames · hop samples of
  // mid and side, one hop later.
  void Step(size_t frames, const float* head, const float* gains, const float* tones,
            const BandGains* bands, float* mid, float* side);

  void Reset() override;

 private:
  void ApplyGains(size_t rows);  // to spectra

  const Kernels& kernels_ = BestKernels();
  const size_t window_;
  const size_t hop_;
  const float max_log_;
  Fourier transform_;
  Buffer<float> gains_;  // of each row
  Buffer<float> ones_;
  Buffer<float> spectrum_;
  Buffer<float> pieces_;
  std::array<Buffer<float>, 2> overlap_;  // the second half of the last frame
};

}  // namespace motet::core
