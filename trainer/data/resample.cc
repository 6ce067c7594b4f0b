#include "data/resample.h"

#include <soxr.h>

#include <cstddef>
#include <stdexcept>
#include <string>

namespace motet::data {

std::vector<float> Resample(std::vector<float> samples, int channels, int from_rate, int to_rate) {
  if (from_rate == to_rate || samples.empty()) return samples;
  const std::size_t in_frames = samples.size() / static_cast<std::size_t>(channels);
  const auto from = static_cast<std::size_t>(from_rate);
  const std::size_t out_frames = (in_frames * static_cast<std::size_t>(to_rate) + from / 2) / from;
  std::vector<float> out(out_frames * static_cast<std::size_t>(channels));
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  std::size_t used = 0;
  std::size_t made = 0;
  const soxr_error_t error =
      soxr_oneshot(from_rate, to_rate, static_cast<unsigned>(channels), samples.data(), in_frames,
                   &used, out.data(), out_frames, &made, nullptr, &quality, nullptr);
  if (error != nullptr) throw std::runtime_error(std::string("cannot resample: ") + error);
  // libsoxr may end a frame short of the rounded length; the rest stays silent.
  return out;
}

}  // namespace motet::data
