// How loud both signals are to a listener, and how far apart: integrated loudness as EBU R 128 and
// ITU-R BS.1770-4 define it (K-weighted, gated), by libebur128. A histogram of 0.1 LU keeps memory
// constant.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace motet::metrics {

struct LoudnessPair {
  // In LUFS. None if nothing reaches the gate at -70 LUFS, as in less than 400 ms of sound.
  std::optional<double> reference, degraded;

  // In LU: below 0 where the degraded signal is quieter.
  std::optional<double> difference() const;
};

class Loudness {
 public:
  explicit Loudness(size_t channels);  // 1 or 2
  Loudness(Loudness&&) noexcept;
  ~Loudness();

  void Push(const float* const* reference, const float* const* degraded, size_t samples);
  LoudnessPair Finish() const;

 private:
  struct Meter;
  size_t channels_;
  std::vector<float> interleaved_;
  std::unique_ptr<Meter> reference_, degraded_;
};

}  // namespace motet::metrics
