// A whole signal through an encoder or a decoder, in steps of any size.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/model.h"

namespace motet::testing {

// Steps of `chunk` samples.
inline std::vector<uint8_t> EncodeInSteps(const std::shared_ptr<const Model>& model,
                                          std::span<const float> left, std::span<const float> right,
                                          int quality, size_t chunk = SIZE_MAX) {
  const auto encoder = *Encoder::Create(model, {.quality = quality});
  std::vector<uint8_t> out;
  for (size_t at = 0; at < left.size(); at += std::min(chunk, left.size() - at)) {
    const size_t count = std::min(chunk, left.size() - at), before = out.size();
    const float* const planes[] = {left.data() + at, right.data() + at};
    out.resize(before + encoder->MaxOutputBytes(count));
    out.resize(before + *encoder->Encode(planes, count, std::span(out).subspan(before)));
  }
  return out;
}

// Steps of `chunk` packets of so many samples -> left and right.
inline std::vector<std::vector<float>> DecodeInSteps(Decoder& decoder,
                                                     std::span<const uint8_t> packets,
                                                     size_t packet_samples, size_t chunk) {
  const auto size = static_cast<size_t>(decoder.packet_bytes());
  const size_t count = packets.size() / size;
  std::vector<std::vector<float>> sound(2, std::vector<float>(count * packet_samples));
  for (size_t at = 0; at < count;) {
    const size_t now = std::min(chunk, count - at), samples = now * packet_samples;
    float* const planes[] = {sound[0].data() + at * packet_samples,
                             sound[1].data() + at * packet_samples};
    EXPECT_TRUE(decoder.Decode(packets.subspan(at * size, now * size), planes, samples).ok());
    at += now;
  }
  return sound;
}

}  // namespace motet::testing
