// A block of samples for one or two channels, as encoder and decoder take them.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace motet::cli {

class Planar {
 public:
  Planar(int channels, size_t capacity)
      : capacity_(capacity), samples_(static_cast<size_t>(channels) * capacity) {
    for (size_t channel = 0; channel < static_cast<size_t>(channels); ++channel)
      pointers_[channel] = samples_.data() + channel * capacity;
  }
  Planar(const Planar&) = delete;
  Planar& operator=(const Planar&) = delete;

  size_t capacity() const { return capacity_; }
  float* const* channels() { return pointers_.data(); }
  // The block from sample `begin` on.
  std::array<float*, 2> From(size_t begin) const {
    return {pointers_[0] + begin, pointers_[1] != nullptr ? pointers_[1] + begin : nullptr};
  }

 private:
  size_t capacity_;
  std::vector<float> samples_;
  std::array<float*, 2> pointers_{};
};

}  // namespace motet::cli
