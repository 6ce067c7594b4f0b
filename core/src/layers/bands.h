// Levels of bands: how loud bands of mid are in each packet (docs/ARCHITECTURE.md, "Levels of
// bands").
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "arithmetic/kernels.h"
#include "layers/delay.h"

namespace motet::core {

// For an encoder: measures them.
class BandMeter : public Layer {
 public:
  explicit BandMeter(Builder& builder);

  // Takes the spectrum rows of mid of whole packets, before companding, `row_stride` values apart;
  // writes the levels of each packet, `stride` bytes after those of the one before.
  void Step(size_t packets, const float* spectrum, size_t row_stride, uint8_t* bytes,
            size_t stride) const;

 private:
  const Kernels& kernels_ = BestKernels();
  const std::vector<int64_t> edges_;
  const size_t imaginary_;  // where in a row the imaginary part of bin 0 would be
  const float scale_;       // from an energy to a mean power
  const float step_db_;
};

// For a decoder: brings spectra to them.
class BandGains : public Layer {
 public:
  explicit BandGains(Builder& builder);

  // What to bring the next `packets` packets to: `levels` of each.
  void Expect(size_t packets, const uint8_t* levels);
  // Takes the rows of mid of these packets, in the place of the analysis', `row_stride` values
  // apart, and brings them there.
  void Apply(size_t packets, float* spectrum, size_t row_stride) const;

 private:
  const std::vector<int64_t> edges_;
  const size_t bands_;
  const size_t imaginary_;
  const float silence_;  // energy of a packet
  std::array<float, BandsConfig::kLevels>
      energies_;  // of a packet, by level; 0 where nothing is said
  Delay delay_;
  Buffer<float> wanted_;               // [packets, bands]
  const float* wanted_now_ = nullptr;  // of the packets of the head that come next
};

}  // namespace motet::core
