// How much louder or quieter the decoded signal is as a whole.
#pragma once

#include <cstddef>
#include <optional>

namespace motet::metrics {

class LevelDifference {
 public:
  explicit LevelDifference(size_t channels) : channels_(channels) {}

  void Push(const float* const* reference, const float* const* degraded, size_t samples);

  // Energy of the degraded signal over that of the reference, all channels together, in dB: below 0
  // where the degraded signal is quieter. None if one of the two is silent.
  std::optional<double> Finish() const;

 private:
  size_t channels_;
  double reference_ = 0, degraded_ = 0;  // sums of squares
};

}  // namespace motet::metrics
