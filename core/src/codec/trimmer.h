// Cuts the decoder's output to the samples that the encoder took: drops the codec's delay, and
// keeps one packet of samples back until the length is known.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "arithmetic/buffer.h"
#include "motet/stream.h"

namespace motet::core {

class Trimmer {
 public:
  // `packet`: samples of a packet; `block`: samples that come at once at most. False if there is no
  // memory.
  [[nodiscard]] bool Create(size_t channels, size_t delay, size_t packet, size_t block) {
    channels_ = channels;
    packet_ = packet;
    drop_ = delay;
    for (size_t c = 0; c < channels; ++c) {
      if (!held_[c].Allocate(packet + block)) return false;
    }
    return true;
  }

  // Goes on with another part: the next `drop` samples go before sample `next` of the output.
  void Restart(size_t drop, uint64_t next) {
    drop_ = drop;
    delivered_ = next;
    count_ = 0;
  }

  // Where the decoder writes the next block to; Take says how much of it was filled.
  std::array<float*, 2> Space() { return From(count_); }
  void Take(size_t samples) {
    count_ += samples;
    const size_t dropped = std::min(drop_, count_);
    drop_ -= dropped;
    Forget(dropped);
  }

  // Samples that may go out; `length` is the stream's, as far as it is known.
  size_t Ready(uint64_t length) const {
    if (length != kUnknownSamples) {
      return static_cast<size_t>(std::min<uint64_t>(count_, length - std::min(length, delivered_)));
    }
    return count_ - std::min(count_, packet_);
  }
  // Whether all of a stream of `length` samples went out.
  bool IsComplete(uint64_t length) const {
    return length != kUnknownSamples && delivered_ >= length;
  }
  uint64_t delivered() const { return delivered_; }
  // All that is left, for a stream whose length never became known.
  size_t held() const { return count_; }

  std::array<float*, 2> front() { return From(0); }
  // Drops samples that went out.
  void Deliver(size_t samples) {
    delivered_ += samples;
    Forget(samples);
  }

 private:
  std::array<float*, 2> From(size_t begin) {
    return {held_[0].data() + begin, channels_ > 1 ? held_[1].data() + begin : nullptr};
  }
  void Forget(size_t samples) {
    count_ -= samples;
    for (size_t c = 0; c < channels_ && samples > 0; ++c) {
      std::memmove(held_[c].data(), held_[c].data() + samples, count_ * sizeof(float));
    }
  }

  size_t channels_ = 0;
  size_t packet_ = 0;
  size_t drop_ = 0;  // samples of the delay that are still to be dropped
  std::array<Buffer<float>, 2> held_;
  size_t count_ = 0;  // samples in held_
  uint64_t delivered_ = 0;
};

}  // namespace motet::core
