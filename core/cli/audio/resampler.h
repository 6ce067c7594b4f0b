// Interleaved samples at another rate, by libsoxr.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "motet/status.h"

struct soxr;

namespace motet::cli {

// n samples per channel at rate r become exactly Length(n, r, to).
class Resampler {
 public:
  static uint64_t Length(uint64_t samples, int from, int to);  // rounded, halves up

  static Result<std::unique_ptr<Resampler>> Create(int from, int to, int channels);

  // Samples per channel.
  struct Amounts {
    size_t taken = 0;
    size_t made = 0;
  };
  // Takes of `from` what it wants and fills `to` as far as it can.
  Result<Amounts> Run(std::span<const float> from, std::span<float> to);
  // After the last sample: what is left, until that is 0.
  Result<size_t> Flush(std::span<float> to);

 private:
  struct Delete {
    void operator()(soxr* resampler) const;
  };
  Resampler(int from, int to, int channels)
      : from_(from), to_(to), width_(static_cast<size_t>(channels)) {}

  int from_;
  int to_;
  size_t width_;
  std::unique_ptr<soxr, Delete> soxr_;
  uint64_t taken_ = 0;
  uint64_t made_ = 0;
};

}  // namespace motet::cli
