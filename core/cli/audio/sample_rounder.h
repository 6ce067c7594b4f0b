// Float samples to integers: gain, dither, full scale.
#pragma once

#include <cstdint>

namespace motet::cli {

class SampleRounder {
 public:
  // `gain` is a factor. Dither is noise of triangular density of plus and minus one step (Lipshitz,
  // Wannamaker, Vanderkooy, 1992), the same each time; a sample of exactly 0 stays 0.
  SampleRounder(int bits, bool dither, float gain)
      : scale_(static_cast<double>(int64_t{1} << (bits - 1))), dither_(dither), gain_(gain) {}

  float Scale(float sample) const { return sample * gain_; }
  // To the nearest, limited to full scale: 1.0 is just above the largest.
  int32_t Round(float sample);

  uint64_t clipped() const { return clipped_; }  // samples that were limited
  double peak() const { return peak_; }          // the loudest of them; 1.0 is full scale

 private:
  double scale_;
  bool dither_;
  float gain_;
  uint32_t state_ = 0x2545F491;  // of the noise
  uint64_t clipped_ = 0;
  double peak_ = 0;
};

}  // namespace motet::cli
