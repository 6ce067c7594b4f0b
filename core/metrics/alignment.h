// Whether two signals can be compared at all: the same music, begun at the same sample. Looks at
// the mid channel of the first 6 seconds.
//
// likeness   correlation of both spectrograms: of log10(1 + 10^4 m) in 40 mel bands (as in
// onsets.h,
//            but hop 512), the mean of each band removed. Near 1 for a good codec, above 0.5 for a
//            bad one, about 0 for other music.
// offset     of the degraded signal, in samples, above 0 if it is late: where the cross-correlation
//            of the waveforms, within 16384 samples on both sides, is at its highest; 0 unless that
//            is at least 0.5 and by 0.1 higher than with no offset.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace motet::metrics {

struct AlignmentResult {
  std::optional<double> likeness;  // -1...1; none if one of the two does not change
  ptrdiff_t offset = 0;

  // Other music: likeness below 0.2, and no offset.
  bool unlike() const { return likeness && *likeness < 0.2 && offset == 0; }
};

class Alignment {
 public:
  explicit Alignment(size_t channels) : channels_(channels) {}

  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  AlignmentResult Finish() const;

 private:
  size_t channels_;
  std::vector<float> reference_, degraded_;
};

}  // namespace motet::metrics
